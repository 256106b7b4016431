/** A series' labels: sorted, unique, without empty values, and encoded once. */
import { WireWriter } from './wire.ts';

const scratch = new WireWriter();

/** UTF-16 units in the order of the UTF-8 bytes they stand for: surrogates, which begin code points beyond U+FFFF, last. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}

/** Order of well-formed texts by UTF-8 bytes, as Prometheus sorts. */
export function compareBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/**
 * Labels that identify a series. It encodes itself once: keep sets from request to request. `labelSet` makes one from a
 * map; the constructor takes what is sorted and free of empty values already.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { LabelSet, RequestBuilder } from '@telemetryflow/remote-write';
 *
 * const up = new LabelSet(['__name__', 'up', 'job', 'shop']); // sorted by name already
 * const builder = new RequestBuilder();
 * builder.addSample(up, undefined, 1_767_225_600_000, 1, 0, 0);
 * builder.addSample(up, undefined, 1_767_225_615_000, 1, 0, 1);
 * const body = Buffer.from(builder.encode(1));
 * assert.equal(body.indexOf('shop'), body.lastIndexOf('shop')); // both samples are of one series
 * ```
 */
export class LabelSet {
  /** Name, value, name, value …, ascending by name. */
  readonly labels: readonly string[];
  #encoded: Uint8Array | undefined;

  constructor(labels: readonly string[]) {
    this.labels = labels;
  }

  /** The `Label` messages of a remote write 1.0 series, tags and lengths included. */
  get encoded(): Uint8Array {
    this.#encoded ??= encodeLabels(this.labels);
    return this.#encoded;
  }

  /** The value of a label, or undefined. */
  get(name: string): string | undefined {
    for (let i = 0; i < this.labels.length; i += 2) if (this.labels[i] === name) return this.labels[i + 1];
    return undefined;
  }
}

/**
 * The labels of a map as a set. Labels with an empty value are the same as absent ones, and left out.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { LabelSet, labelSet } from '@telemetryflow/remote-write';
 *
 * const up: LabelSet = labelSet({ job: 'shop', __name__: 'up', instance: '' });
 * assert.deepEqual(up.labels, ['__name__', 'up', 'job', 'shop']);
 * assert.equal(up.get('job'), 'shop');
 * ```
 */
export function labelSet(labels: ReadonlyMap<string, string> | Readonly<Record<string, string>>): LabelSet {
  const entries = labels instanceof Map ? [...labels] : Object.entries(labels as Record<string, string>);
  entries.sort((a, b) => compareBytes(a[0], b[0]));
  const flat: string[] = [];
  for (const [name, value] of entries) if (name !== '' && value !== '') flat.push(name, value);
  return new LabelSet(flat);
}

/** `Label` messages as field 1 of whatever message holds them. */
export function encodeLabels(labels: readonly string[]): Uint8Array {
  scratch.reset();
  for (let i = 0; i + 1 < labels.length; i += 2) {
    const start = scratch.beginMessage(0x0a);
    scratch.string(0x0a, labels[i] ?? '');
    scratch.string(0x12, labels[i + 1] ?? '');
    scratch.endMessage(start);
  }
  return scratch.finish();
}
