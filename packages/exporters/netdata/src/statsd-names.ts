/**
 * Names of series in StatsD. An Agent makes one chart per name and type, lower-cases names, and makes `_` of most
 * characters, so different series may meet in one chart: then the later one gets the hash of its identity as well.
 */
import { createHash } from 'node:crypto';
import { type AttributeMap, valueToText } from '@telemetryflow/otlp';
import type { StatsdOptions } from './config.ts';

const MAX_BYTES = 180;
const HASH_DIGITS = 8;
/** Series remembered; the oldest leave first. */
const MAX_SERIES = 10_000;

/** `prefix.host.metric.value…`, as the options want it. */
export function seriesName(
  options: Pick<StatsdOptions, 'prefix' | 'attributes'>,
  host: string,
  metric: string,
  attributes: AttributeMap,
): string {
  let name = `${options.prefix}${host === '' ? '' : `.${word(host)}`}.${metric.replaceAll(/[^A-Za-z0-9._-]/g, '_')}`;
  if (options.attributes === 'none') return name;
  for (const key of Object.keys(attributes).sort()) {
    const value = word(valueToText(attributes[key])) || '_';
    name += options.attributes === 'values' ? `.${value}` : `.${word(key)}_${value}`;
  }
  return name;
}

function word(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9_-]/g, '_');
}

export class SeriesNames {
  readonly #names = new Map<string, string>();
  readonly #owners = new Map<string, string>();
  /** Names that were taken already. */
  collisions = 0;

  /** How many names are in use. */
  get size(): number {
    return this.#names.size;
  }

  /** The name of the series with this identity, which wants to be called `wanted`; the same every time. */
  of(identity: string, wanted: string): string {
    const known = this.#names.get(identity);
    if (known !== undefined) return known;
    let name = wanted.length > MAX_BYTES ? hashed(wanted, wanted) : wanted;
    if (this.#owners.has(name.toLowerCase())) {
      this.collisions++;
      name = hashed(name, identity);
    }
    this.#names.set(identity, name);
    this.#owners.set(name.toLowerCase(), identity);
    if (this.#names.size > MAX_SERIES) this.#forgetOldest();
    return name;
  }

  #forgetOldest(): void {
    for (const [identity, name] of this.#names) {
      this.#names.delete(identity);
      this.#owners.delete(name.toLowerCase());
      return;
    }
  }
}

/** Names hold ASCII only: characters are bytes. */
function hashed(name: string, of: string): string {
  const hash = createHash('sha256').update(of).digest('hex').slice(0, HASH_DIGITS);
  return `${name.slice(0, MAX_BYTES - HASH_DIGITS - 1)}_${hash}`;
}
