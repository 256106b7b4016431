/**
 * Tables of short ASCII strings that were decoded lately. Attribute keys and most attribute values repeat, and finding
 * the string that is there already is several times faster than making it again; it is also kept in memory only once.
 */

const SLOTS = 4096;
/** Longest string that is kept. */
const WIDTH = 32;

/** Bytes to read strings from, in both views that takes. */
export interface TextSource {
  readonly view: DataView;
  /** `Buffer.toString` without the checks of its arguments, which cost as much as reading a short string. */
  readonly buffer: {
    latin1Slice(start: number, end: number): string;
    utf8Slice(start: number, end: number): string;
    hexSlice(start: number, end: number): string;
  };
}

/** One string per slot; a new one takes the place of what was there. */
export class InternedStrings {
  private readonly strings: string[] = new Array<string>(SLOTS).fill('');
  private readonly lengths = new Uint8Array(SLOTS);
  private readonly texts = new DataView(new ArrayBuffer(SLOTS * WIDTH));
  private readonly tinyStrings: string[] = new Array<string>(SLOTS).fill('');
  private readonly tinyCodes = new Int32Array(SLOTS);
  private readonly make: (text: string) => string;

  /** `make` may turn a new string into a form that is better to have. */
  constructor(make: (text: string) => string = (text) => text) {
    this.make = make;
  }

  /** The string of these bytes; `undefined` when it is too long to keep, or not ASCII. */
  find(source: TextSource, start: number, end: number): string | undefined {
    const length = end - start;
    if (length < 4) return this.tiny(source, start, length);
    if (length > WIDTH) return undefined;
    const { texts } = this;
    const bytes = source.view;
    const last = bytes.getInt32(end - 4);
    const middle = bytes.getInt32(start + ((length - 4) >> 1));
    const hash = Math.imul(bytes.getInt32(start) ^ Math.imul(last, 0x2c1b3c6d), 0x297a2d39) + middle + length;
    const slot = (hash ^ (hash >>> 15) ^ (hash >>> 7)) & (SLOTS - 1);
    const base = slot * WIDTH;
    if (this.lengths[slot] === length && texts.getInt32(base + length - 4) === last) {
      let i = 0;
      const stop = length - 4;
      while (i < stop && texts.getInt32(base + i) === bytes.getInt32(start + i)) i += 4;
      if (i >= stop) return this.strings[slot];
    }
    return this.keep(slot, source, start, length);
  }

  /** A string of up to three characters, which are its own hash. */
  private tiny(source: TextSource, start: number, length: number): string | undefined {
    let packed = length;
    for (let i = 0; i < length; i++) {
      const byte = source.view.getUint8(start + i);
      if (byte > 0x7f) return undefined;
      packed = (packed << 8) | byte;
    }
    const slot = (packed ^ (packed >>> 5)) & (SLOTS - 1);
    if (this.tinyCodes[slot] === packed) return this.tinyStrings[slot];
    const text = this.make(source.buffer.latin1Slice(start, start + length));
    this.tinyCodes[slot] = packed;
    this.tinyStrings[slot] = text;
    return text;
  }

  private keep(slot: number, source: TextSource, start: number, length: number): string | undefined {
    const bytes = source.view;
    for (let i = 0; i < length; i++) if (bytes.getUint8(start + i) > 0x7f) return undefined;
    const text = this.make(source.buffer.latin1Slice(start, start + length));
    for (let i = 0; i < length; i++) this.texts.setUint8(slot * WIDTH + i, bytes.getUint8(start + i));
    this.lengths[slot] = length;
    this.strings[slot] = text;
    return text;
  }
}

/** The form of a string that objects use as property name, which saves looking it up at each use. */
export function propertyName(text: string): string {
  for (const name in { [text]: 0 }) return name;
  return text;
}
