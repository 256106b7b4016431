/** The live secrets of a configuration, to be removed from any text that leaves the process: the last net. */
import { REDACTED } from './secret.ts';

/** Shorter texts appear by chance; scrubbing them would garble logs. */
const SHORTEST = 8;

/**
 * All secrets in use, to be removed from texts.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { SecretRegistry } from '@telemetryflow/kernel';
 *
 * const secrets = new SecretRegistry();
 * secrets.add('s3cr3t/token');
 * assert.equal(secrets.scrub('401 for s3cr3t/token'), '401 for [REDACTED]');
 * assert.equal(secrets.scrub('GET /in?key=s3cr3t%2Ftoken'), 'GET /in?key=[REDACTED]');
 * ```
 */
export class SecretRegistry {
  readonly #texts = new Set<string>();
  /** Longest first, so that a secret that contains another goes as a whole. */
  #ordered: readonly string[] | undefined;

  /** Remembers a secret, and how it looks URL-encoded, base64-encoded and inside JSON. */
  add(text: string): void {
    if (text.length < SHORTEST) return;
    for (const form of [
      text,
      formOrSame(text),
      Buffer.from(text).toString('base64'),
      JSON.stringify(text).slice(1, -1),
    ]) {
      this.#texts.add(form);
    }
    this.#ordered = undefined;
  }

  /** The text with every remembered secret replaced by `[REDACTED]`. */
  scrub(text: string): string {
    this.#ordered ??= [...this.#texts].sort((a, b) => b.length - a.length);
    let out = text;
    for (const secret of this.#ordered) {
      if (out.includes(secret)) out = out.replaceAll(secret, REDACTED);
    }
    return out;
  }
}

/** Lone surrogates cannot be URL-encoded. */
function formOrSame(text: string): string {
  return text.isWellFormed() ? encodeURIComponent(text) : text;
}
