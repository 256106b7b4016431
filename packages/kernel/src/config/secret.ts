/** A configured secret: prints as `[REDACTED]` everywhere, and gives its text only to `reveal`. */
import { inspect } from 'node:util';

/** What is printed in the place of a secret. */
export const REDACTED = '[REDACTED]';

/** A text that prints as `[REDACTED]` wherever it is printed. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself, for building a request. */
  reveal(): string {
    return this.#text;
  }

  /** True when the secret was set to nothing, which means "none". */
  get empty(): boolean {
    return this.#text === '';
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }
}
Object.defineProperty(Secret.prototype, inspect.custom, { value: () => REDACTED });
