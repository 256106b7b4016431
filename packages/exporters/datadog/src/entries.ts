/** Requests that are lists of entries, filled until they are full. */
import { takeBody } from '@telemetryflow/http';

/** Gathers the entries of one request. Nothing is part of it before `commit`. */
export interface EntryWriter<E> {
  /** Bytes of the request, what is pending included. */
  readonly size: number;
  add(entry: E): void;
  /** Keep what was added. */
  commit(): void;
  /** Forget what was added and not kept. */
  discard(): void;
  /** The request of what was kept, `undefined` for nothing; what is pending begins the next one. */
  take(): Uint8Array | undefined;
}

const FIRST_BYTES = 16 * 1024;
const MAX_SPARE = 4;
/** Entries that are JSON texts, with what stands before and after their list. */
export class JsonList implements EntryWriter<string> {
  readonly #open: string;
  readonly #close: string;
  #bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  /** Each entry has in front of it what separates it from the one before. */
  #length = 0;
  #kept = 0;
  #pending: string[] = [];

  constructor(open: string, close: string) {
    this.#open = open;
    this.#close = close;
  }

  get size(): number {
    return this.#length + this.#close.length;
  }

  /** Bytes added and not kept. */
  get pending(): number {
    return this.#length - this.#kept;
  }

  add(entry: string): void {
    this.#pending.push(entry);
    this.#append(entry);
  }

  commit(): void {
    this.#kept = this.#length;
    this.#pending = [];
  }

  discard(): void {
    this.#length = this.#kept;
    this.#pending = [];
  }

  take(): Uint8Array | undefined {
    if (this.#kept === 0) return undefined;
    const bytes = this.#bytes;
    // What is pending is written again behind the opening of the next request.
    const end = this.#kept + bytes.write(this.#close, this.#kept);
    const taken = takeBody(end);
    bytes.copy(taken, 0, 0, end);
    this.#kept = 0;
    this.#length = 0;
    for (const entry of this.#pending) this.#append(entry);
    return taken;
  }

  #append(entry: string): void {
    const text = (this.#length === 0 ? this.#open : ',') + entry;
    // A unit of UTF-16 is three bytes of UTF-8 at most, and the end must fit too.
    const room = this.#length + 3 * text.length + this.#close.length;
    if (room > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(room, 2 * this.#bytes.length));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    this.#length += this.#bytes.write(text, this.#length);
  }
}

/** Writers whose memory is used again: encodings may overlap, so each takes one and gives it back when it is empty. */
export class Spare<W> {
  readonly #make: () => W;
  readonly #writers: W[] = [];

  constructor(make: () => W) {
    this.#make = make;
  }

  take(): W {
    return this.#writers.pop() ?? this.#make();
  }

  /** Only what nothing is left in. */
  give(writer: W): void {
    if (this.#writers.length < MAX_SPARE) this.#writers.push(writer);
  }
}
