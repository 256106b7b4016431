/** Writes the JSON form of a push. */
import { takeBody } from '@telemetryflow/http';
import { type HrTime, hrTimeToNanoString } from '@telemetryflow/otlp';
import type { Entry, SharedPairs } from './entry.ts';
import type { Labels } from './labels.ts';
import type { Pairs } from './pairs.ts';
import type { PushWriter } from './push-writer.ts';

/** What stands around the entries of a stream, and around the streams. */
const FRAME_BYTES = 40;

export class JsonWriter implements PushWriter {
  #done = '';
  #entries: string[] = [];
  #labels = '';
  #size = 0;
  readonly #shared = new Map<SharedPairs, string>();

  get size(): number {
    return this.#size;
  }

  beginStream(labels: Labels): void {
    const sorted: Record<string, string> = {};
    for (const name of Object.keys(labels).sort()) sorted[name] = labels[name] ?? '';
    this.#labels = JSON.stringify(sorted);
    this.#size += Buffer.byteLength(this.#labels) + FRAME_BYTES;
  }

  add(time: HrTime, { line, pairs, shared }: Entry): void {
    let fields = pairsText(pairs);
    if (shared !== undefined) {
      const more = this.#sharedText(shared);
      fields = fields === '' || more === '' ? fields + more : `${fields},${more}`;
    }
    const tail = fields === '' ? ']' : `,{${fields}}]`;
    this.putBack(`["${hrTimeToNanoString(time)}",${JSON.stringify(line)}${tail}`);
  }

  takeLast(): string {
    const last = this.#entries.pop() ?? '';
    this.#size -= Buffer.byteLength(last) + 1;
    return last;
  }

  putBack(entry: unknown): void {
    const text = entry as string;
    this.#entries.push(text);
    this.#size += Buffer.byteLength(text) + 1;
  }

  endStream(): void {
    this.#done += `${this.#done === '' ? '' : ','}{"stream":${this.#labels},"values":[${this.#entries.join(',')}]}`;
    this.#entries = [];
  }

  finish(): Uint8Array {
    const text = `{"streams":[${this.#done}]}`;
    const bytes = takeBody(Buffer.byteLength(text));
    bytes.write(text);
    this.#done = '';
    this.#size = 0;
    return bytes;
  }

  reset(): void {
    this.#done = '';
    this.#entries = [];
    this.#size = 0;
    this.#shared.clear();
  }

  #sharedText(shared: SharedPairs): string {
    let text = this.#shared.get(shared);
    if (text === undefined) {
      text = pairsText(shared.pairs);
      this.#shared.set(shared, text);
    }
    return text;
  }
}

function pairsText(pairs: Pairs): string {
  let text = '';
  for (let i = 0; i < pairs.count; i++) {
    text += `${i === 0 ? '' : ','}"${pairs.names[i]}":${JSON.stringify(pairs.values[i])}`;
  }
  return text;
}
