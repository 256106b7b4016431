/** A configured secret: prints as `[REDACTED]` everywhere, and gives its text only to `reveal`. */
import { inspect } from 'node:util';

/**
 * What is printed in the place of a secret.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { REDACTED, Secret } from '@telemetryflow/kernel';
 *
 * assert.equal(String(new Secret('hunter2')), REDACTED);
 * ```
 */
export const REDACTED = '[REDACTED]';

/**
 * A text that prints as `[REDACTED]` wherever it is printed.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { Secret } from '@telemetryflow/kernel';
 *
 * const key = new Secret('hunter2');
 * assert.equal(`api-key: ${key}`, 'api-key: [REDACTED]');
 * assert.equal(JSON.stringify({ key }), '{"key":"[REDACTED]"}');
 * assert.equal(key.reveal(), 'hunter2');
 * ```
 */
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
