/** Why nothing was written: a sentence for the person at the terminal. */
export class ScaffoldError extends Error {
  override readonly name = 'ScaffoldError';
}
