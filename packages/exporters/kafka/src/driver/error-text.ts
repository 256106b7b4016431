/** What an error says, whatever was thrown. */
export function errorText(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown;
  const message = typeof thrown === 'object' && thrown !== null ? (thrown as { message?: unknown }).message : undefined;
  return typeof message === 'string' && message !== '' ? message : 'an error without a message';
}
