/** Name and value pairs of one entry: unique names, flattened maps, within the limits of Loki. */
import { type AttributeMap, type AttributeValue, cutUtf8, valueToText } from '@telemetryflow/otlp';
import { lokiName } from './names.ts';

/** Loki refuses entries with more structured metadata. */
export const MAX_PAIRS = 128;
export const MAX_PAIR_BYTES: number = 64 * 1024;

/** Room for one of the exporter's own marks. */
const SHORT_BYTES = 64;
const MAX_DEPTH = 16;

/** A list of pairs that is filled for one entry after the other. */
export class Pairs {
  /** How many there are. The lists may be longer: shortened, they would lose their memory, and get new for each entry. */
  count = 0;
  readonly names: string[] = [];
  readonly values: string[] = [];
  /** Values that found no place: nameless ones, and those beyond the limits. */
  lost = 0;

  clear(): void {
    this.count = 0;
    this.lost = 0;
  }

  /** Append under a name in Loki's form; a taken one gets a number, unless it holds the same. */
  add(name: string, value: string): void {
    let free = name;
    for (let n = 2; ; n++) {
      const at = this.#find(free);
      if (at < 0) break;
      if (this.values[at] === value) return;
      free = `${name}_${n}`;
    }
    this.names[this.count] = free;
    this.values[this.count++] = value.isWellFormed() ? value : value.toWellFormed();
  }

  /** Append what an attribute holds: maps as several pairs, the empty value as none. */
  addValue(name: string, value: AttributeValue, depth = 0): void {
    if (value === null || value === undefined) return;
    if (isMap(value) && depth < MAX_DEPTH) {
      for (const key of Object.keys(value)) this.addValue(`${name}_${key}`, value[key], depth + 1);
      return;
    }
    const made = lokiName(name);
    const text = valueToText(value);
    if (made === '') this.lost++;
    else if (text !== '') this.add(made, text);
  }

  addMap(map: AttributeMap, without?: ReadonlySet<string>): void {
    for (const key of Object.keys(map)) if (without?.has(key) !== true) this.addValue(key, map[key]);
  }

  remove(name: string): string | undefined {
    const at = this.#find(name);
    return at < 0 ? undefined : this.#take(at);
  }

  /** True when Loki would take them and this many short ones more; cheap for the usual few. */
  fits(more: number): boolean {
    if (this.count + more > MAX_PAIRS) return false;
    const room = MAX_PAIR_BYTES - more * SHORT_BYTES;
    return this.characters * 3 <= room || this.#bytes() <= room;
  }

  /** Drop the last pairs and cut the longest values until this many short pairs have room beside them. */
  trim(more: number): void {
    const keep = MAX_PAIRS - more;
    if (this.count > keep) {
      this.lost += this.count - keep;
      this.count = keep;
    }
    const room = MAX_PAIR_BYTES - more * SHORT_BYTES;
    for (let excess = this.#bytes() - room; excess > 0; excess = this.#bytes() - room) {
      const longest = this.#longest();
      const value = this.values[longest] ?? '';
      const cut = cutUtf8(value, Math.max(1024, Buffer.byteLength(value) - excess));
      this.lost++;
      if (cut === value) this.#take(longest);
      else this.values[longest] = cut;
    }
  }

  /** UTF-16 units of all names and values. */
  get characters(): number {
    let characters = 0;
    for (let i = 0; i < this.count; i++) characters += (this.names[i] ?? '').length + (this.values[i] ?? '').length;
    return characters;
  }

  #find(name: string): number {
    for (let i = 0; i < this.count; i++) if (this.names[i] === name) return i;
    return -1;
  }

  #take(at: number): string | undefined {
    this.count--;
    this.names.splice(at, 1);
    return this.values.splice(at, 1)[0];
  }

  #longest(): number {
    let longest = 0;
    for (let i = 1; i < this.count; i++) {
      if ((this.values[i] ?? '').length > (this.values[longest] ?? '').length) longest = i;
    }
    return longest;
  }

  #bytes(): number {
    let bytes = 0;
    for (let i = 0; i < this.count; i++) {
      bytes += Buffer.byteLength(this.names[i] ?? '') + Buffer.byteLength(this.values[i] ?? '');
    }
    return bytes;
  }
}

function isMap(value: AttributeValue): value is AttributeMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}
