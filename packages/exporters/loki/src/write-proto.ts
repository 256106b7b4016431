/** Writes `logproto.PushRequest`: streams of entries, straight into one buffer that grows. */
import { type HrTime, writeUtf8 } from '@telemetryflow/otlp';
import type { Entry, SharedPairs } from './entry.ts';
import type { Labels } from './labels.ts';
import { selector } from './labels.ts';
import type { Pairs } from './pairs.ts';
import type { PushWriter } from './push-writer.ts';

/** Longer names would not be worth remembering. */
const MAX_NAMES = 4096;
const names = new Map<string, Buffer>();

/** A name as `LabelPair.name`: tag, length, bytes. */
function nameField(name: string): Buffer {
  let field = names.get(name);
  if (field === undefined) {
    const length = Buffer.byteLength(name);
    const head: number[] = [0x0a];
    for (let rest = length; ; rest >>>= 7) {
      if (rest < 0x80) {
        head.push(rest);
        break;
      }
      head.push((rest & 0x7f) | 0x80);
    }
    field = Buffer.concat([Buffer.from(head), Buffer.from(name)]);
    if (names.size >= MAX_NAMES) names.clear();
    names.set(name, field);
  }
  return field;
}

const FIRST_BYTES = 64 * 1024;
/** A writer that grew beyond this is not kept for the next batch. */
const MAX_KEPT_BYTES = 4 * 1024 * 1024;
/** Tag and length of a stream, which are written when it ends. */
const STREAM_HEAD_BYTES = 6;
/** Up to here a loop is faster than a call into the runtime. */
const LOOP_BYTES = 20;

export class ProtoWriter implements PushWriter {
  #buffer: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #at = 0;
  #stream = 0;
  #entry = 0;
  #labels = '';
  readonly #shared = new Map<SharedPairs, Buffer>();

  get size(): number {
    return this.#at + STREAM_HEAD_BYTES;
  }

  beginStream(labels: Labels): void {
    this.#stream = this.#at;
    this.#labels = selector(labels);
    this.#string(0x0a, this.#labels);
  }

  add([seconds, nanos]: HrTime, { line, pairs, shared }: Entry): void {
    this.#room(32);
    const start = this.#at;
    this.#entry = start;
    this.#buffer[this.#at++] = 0x12;
    // One byte of length here; more are made room for when they are needed.
    this.#at++;
    const body = this.#at;
    this.#buffer[this.#at++] = 0x0a;
    const stamp = this.#at++;
    if (seconds !== 0) {
      this.#buffer[this.#at++] = 0x08;
      this.#varint(seconds);
    }
    if (nanos !== 0) {
      this.#buffer[this.#at++] = 0x10;
      this.#varint(nanos);
    }
    this.#buffer[stamp] = this.#at - stamp - 1;
    if (line !== '') this.#string(0x12, line);
    this.#pairs(pairs);
    if (shared !== undefined) this.#bytes(this.#sharedBytes(shared));
    this.#closeLength(body);
  }

  takeLast(): Uint8Array {
    const last = Buffer.from(this.#buffer.subarray(this.#entry, this.#at));
    this.#at = this.#entry;
    return last;
  }

  putBack(entry: unknown): void {
    this.#entry = this.#at;
    this.#bytes(entry as Uint8Array);
  }

  endStream(): void {
    const length = this.#at - this.#stream;
    const head = 1 + varintLength(length);
    this.#room(head);
    this.#buffer.copyWithin(this.#stream + head, this.#stream, this.#at);
    const end = this.#at + head;
    this.#at = this.#stream;
    this.#buffer[this.#at++] = 0x0a;
    this.#varint(length);
    this.#at = end;
  }

  finish(): Uint8Array {
    const bytes = this.#buffer.subarray(0, this.#at);
    this.#at = 0;
    return bytes;
  }

  reset(): void {
    this.#at = 0;
    this.#shared.clear();
    if (this.#buffer.length > MAX_KEPT_BYTES) this.#buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  }

  #pairs({ names: all, values, count }: Pairs): void {
    for (let i = 0; i < count; i++) {
      const name = nameField(all[i] ?? '');
      this.#room(name.length + 8);
      this.#buffer[this.#at] = 0x1a;
      this.#at += 2;
      const start = this.#at;
      this.#copy(name);
      this.#string(0x12, values[i] ?? '');
      this.#closeLength(start);
    }
  }

  /** There is room. */
  #copy(bytes: Uint8Array): void {
    const { length } = bytes;
    const buffer = this.#buffer;
    const at = this.#at;
    if (length > LOOP_BYTES) buffer.set(bytes, at);
    else for (let i = 0; i < length; i++) buffer[at + i] = bytes[i] as number;
    this.#at = at + length;
  }

  #sharedBytes(shared: SharedPairs): Buffer {
    let bytes = this.#shared.get(shared);
    if (bytes === undefined) {
      const from = this.#at;
      this.#pairs(shared.pairs);
      bytes = Buffer.from(this.#buffer.subarray(from, this.#at));
      this.#at = from;
      this.#shared.set(shared, bytes);
    }
    return bytes;
  }

  #string(tag: number, text: string): void {
    this.#room(text.length * 3 + 8);
    this.#buffer[this.#at] = tag;
    this.#at += 2;
    const start = this.#at;
    this.#at = writeUtf8(this.#buffer, text, start);
    this.#closeLength(start);
  }

  /** Puts the length of what begins at `start` into the byte before it, or moves it to make room. */
  #closeLength(start: number): void {
    const length = this.#at - start;
    if (length < 0x80) {
      this.#buffer[start - 1] = length;
      return;
    }
    const extra = varintLength(length) - 1;
    if (extra > 0) {
      this.#room(extra);
      this.#buffer.copyWithin(start + extra, start, this.#at);
    }
    const end = this.#at + extra;
    this.#at = start - 1;
    this.#varint(length);
    this.#at = end;
  }

  #bytes(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#buffer.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  #varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.#buffer[this.#at++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#buffer[this.#at++] = rest;
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, this.#at + bytes));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length++;
  return length;
}
