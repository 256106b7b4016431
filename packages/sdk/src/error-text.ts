/** The message of anything that was thrown. Errors of other realms (test runners, `vm`) are no `Error` of this one. */
export function errorText(error: unknown): string {
  const { message } = (typeof error === 'object' && error !== null ? error : {}) as { readonly message?: unknown };
  return typeof message === 'string' ? message : String(error);
}
