/** Takes secrets out of what AWS, or whoever stands before it, answers. */
import type { CloudwatchConfig } from './config.ts';

/** Values kept: credentials change every hour or so, signatures with every request. */
const MAX_SECRETS = 32;
/** Shorter values would black out ordinary words. */
const MIN_LENGTH = 4;

export class SecretScrubber {
  readonly #fixed: readonly string[];
  readonly #seen = new Set<string>();

  constructor(config: Pick<CloudwatchConfig, 'secret_access_key' | 'session_token' | 'headers'>) {
    const all = [config.secret_access_key, config.session_token, ...Object.values(config.headers)];
    this.#fixed = all.flatMap((secret) => secret?.reveal() ?? []).filter((value) => value.length >= MIN_LENGTH);
  }

  /** Remember a value that was sent. */
  readonly add = (value: string): void => {
    this.#seen.delete(value);
    this.#seen.add(value);
    const [oldest] = this.#seen;
    if (this.#seen.size > MAX_SECRETS && oldest !== undefined) this.#seen.delete(oldest);
  };

  scrub(text: string): string {
    let clean = text;
    for (const secret of this.#fixed) clean = clean.replaceAll(secret, '[REDACTED]');
    for (const secret of this.#seen) clean = clean.replaceAll(secret, '[REDACTED]');
    return clean;
  }
}
