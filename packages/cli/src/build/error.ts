/** Why nothing was built, in words for the person at the keyboard. */
export class BuildError extends Error {}
