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

/** A series that was sent. */
export interface Series {
  readonly name: string;
  /** What is left of its counter after the whole part. */
  remainder: number;
}

/** The series that were sent, by the numbers of {@link SeriesIds}. */
export class KnownSeries {
  readonly #series = new Map<number, Series>();
  readonly #taken = new Set<string>();
  #charts = 0;

  /** Charts that they have made so far: an Agent does not forget them. */
  get charts(): number {
    return this.#charts;
  }

  get(id: number): Series | undefined {
    return this.#series.get(id);
  }

  /**
   * A series that wants to be called `wanted`, which makes so many charts; `suffix` is the longest end that any of
   * their names has.
   */
  add(id: number, wanted: string, { charts, suffix }: { readonly charts: number; readonly suffix: number }): Series {
    const most = MAX_BYTES - suffix;
    let name = wanted.length > most ? hashed(wanted, wanted, most) : wanted;
    if (this.#taken.has(name.toLowerCase())) name = hashed(name, `${id}`, most);
    const series = { name, remainder: 0 };
    this.#series.set(id, series);
    this.#taken.add(name.toLowerCase());
    this.#charts += charts;
    if (this.#series.size > MAX_SERIES) this.#forgetOldest();
    return series;
  }

  #forgetOldest(): void {
    for (const [id, { name }] of this.#series) {
      this.#series.delete(id);
      this.#taken.delete(name.toLowerCase());
      return;
    }
  }
}

/** Names hold ASCII only: characters are bytes. */
function hashed(name: string, of: string, most: number): string {
  const hash = createHash('sha256').update(of).digest('hex').slice(0, HASH_DIGITS);
  return `${name.slice(0, most - HASH_DIGITS - 1)}_${hash}`;
}
