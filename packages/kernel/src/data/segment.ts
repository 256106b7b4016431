/**
 * A segment: telemetry of one signal that came in one piece, in the face it came in (its own face), with the
 * other face computed at most once. Segments are shared by every queue that holds them; batches are lists of them.
 *
 * Items have the same numbers in both faces: encoding never changes the order of records, nor decoding that of items.
 */
import {
  count as countBytes,
  decode,
  encode,
  estimateBytes,
  mapResources,
  merge,
  type RecordOf,
  type ResourceRecord,
  type Signal,
  select as selectBytes,
  selectRecords,
  slice as sliceBytes,
} from '@telemetryflow/otlp';
import type { Items } from '../component/outcome.ts';
import { isRange } from './items.ts';
import { changeResources } from './rewrap.ts';

/** One of the two forms of a batch. */
export type Face = 'records' | 'otlp';

/** Items converted between two looks at the clock: about half a millisecond of encoding or decoding. */
const STEP_ITEMS = 512;
/** The size of items that cannot be measured. */
const GUESSED_ITEM_BYTES = 512;

export class Segment<S extends Signal = Signal> {
  readonly signal: S;
  readonly count: number;
  /** The face this segment came in. */
  readonly own: Face;
  #records: readonly RecordOf[S][] | undefined;
  #otlp: Uint8Array | undefined;
  #bytes: number;
  /** The same items with the other face as own face, once converted. */
  #converted: WeakRef<Segment<S>> | undefined;
  #derived: Map<string, WeakRef<Segment<S>>> | undefined;
  /** A conversion that is under way, in pieces. */
  #progress: Progress<S> | undefined;

  private constructor(
    signal: S,
    count: number,
    records: readonly RecordOf[S][] | undefined,
    otlp: Uint8Array | undefined,
  ) {
    this.signal = signal;
    this.count = count;
    this.own = otlp === undefined ? 'records' : 'otlp';
    this.#records = records;
    this.#otlp = otlp;
    this.#bytes = otlp === undefined ? -1 : otlp.byteLength;
  }

  static ofRecords<S extends Signal>(signal: S, records: readonly RecordOf[S][], count: number): Segment<S> {
    return new Segment(signal, count, records, undefined);
  }

  /** A view that uses less than half of its buffer is copied, so that it does not pin the rest. */
  static ofOtlp<S extends Signal>(signal: S, bytes: Uint8Array, count: number = countBytes(signal, bytes)): Segment<S> {
    const own = bytes.byteLength * 2 < bytes.buffer.byteLength ? new Uint8Array(bytes) : bytes;
    return new Segment(signal, count, undefined, own);
  }

  /** Length of the bytes face when the segment came as bytes, else an estimate by one walk. */
  get bytes(): number {
    if (this.#bytes < 0) {
      try {
        this.#bytes = estimateBytes(this.signal, this.#records ?? []);
      } catch {
        // A record that throws when read must not throw at whoever hands it over.
        this.#bytes = this.count * GUESSED_ITEM_BYTES;
      }
    }
    return this.#bytes;
  }

  has(face: Face): boolean {
    return face === this.own || (face === 'otlp' ? this.#otlp : this.#records) !== undefined;
  }

  records(): readonly RecordOf[S][] {
    this.#records ??= decode(this.signal, this.#otlp ?? new Uint8Array(0));
    return this.#records;
  }

  otlp(): Uint8Array {
    this.#otlp ??= encode(this.signal, this.#records ?? []);
    return this.#otlp;
  }

  /** The items as a segment of their own; `items` are ascending, each once, and exist. */
  select(items: Items): Segment<S> {
    if (isRange(items) && items.from === 0 && items.to === this.count) return this;
    const count = isRange(items) ? items.to - items.from : items.length;
    if (this.own === 'records') {
      return Segment.ofRecords(this.signal, selectRecords(this.signal, this.records(), items), count);
    }
    const bytes = this.otlp();
    return Segment.ofOtlp(
      this.signal,
      isRange(items) ? sliceBytes(this.signal, bytes, items.from, items.to) : selectBytes(this.signal, bytes, items),
      count,
    );
  }

  /** The segment with its resources changed, on its own face; itself when nothing changed. */
  mapResources(change: (resource: ResourceRecord) => ResourceRecord): Segment<S> {
    if (this.own === 'otlp') {
      const bytes = this.otlp();
      const changed = mapResources(this.signal, bytes, change);
      return changed === bytes ? this : Segment.ofOtlp(this.signal, changed, this.count);
    }
    const records = this.records();
    const changed = changeResources(this.signal, records, change);
    return changed === records ? this : Segment.ofRecords(this.signal, changed, this.count);
  }

  /** {@link mapResources}, remembered by `key` for as long as somebody holds the result. */
  deriveResources(key: string, change: (resource: ResourceRecord) => ResourceRecord): Segment<S> {
    const known = this.#derived?.get(key)?.deref();
    if (known !== undefined) return known;
    const derived = this.mapResources(change);
    if (derived !== this) {
      this.#derived ??= new Map();
      this.#derived.set(key, new WeakRef(derived));
    }
    return derived;
  }

  /**
   * The segment that holds only `face`, shared by all who ask for it. A generator: it yields where the event loop
   * may be given back, and two readers that ask at the same time work on one conversion.
   */
  *as(face: Face): Generator<undefined, Segment<S>> {
    if (face === this.own) return this;
    for (;;) {
      const known = this.#converted?.deref();
      if (known !== undefined) return known;
      const done = this.#step();
      if (done !== undefined) {
        this.#converted = new WeakRef(done);
        return done;
      }
      yield;
    }
  }

  /** Convert the next piece; the converted segment after the last one. */
  #step(): Segment<S> | undefined {
    const toOtlp = this.own === 'records';
    if (this.count <= STEP_ITEMS * 2 || this.has(toOtlp ? 'otlp' : 'records')) {
      return toOtlp
        ? Segment.ofOtlp(this.signal, this.#otlpOnce(), this.count)
        : Segment.ofRecords(this.signal, this.#recordsOnce(), this.count);
    }
    this.#progress ??= { next: 0, records: [], parts: [] };
    const progress = this.#progress;
    const from = progress.next;
    const to = Math.min(this.count, from + STEP_ITEMS);
    const piece = this.select({ from, to });
    if (toOtlp) progress.parts.push(piece.otlp());
    else for (const record of piece.records()) progress.records.push(record);
    progress.next = to;
    if (to < this.count) return undefined;
    this.#progress = undefined;
    return toOtlp
      ? Segment.ofOtlp(this.signal, merge(progress.parts), this.count)
      : Segment.ofRecords(this.signal, progress.records, this.count);
  }

  /** The bytes face without keeping it here: the converted segment keeps it. */
  #otlpOnce(): Uint8Array {
    return this.#otlp ?? encode(this.signal, this.#records ?? []);
  }

  #recordsOnce(): readonly RecordOf[S][] {
    return this.#records ?? decode(this.signal, this.#otlp ?? new Uint8Array(0));
  }
}

interface Progress<S extends Signal> {
  next: number;
  readonly records: RecordOf[S][];
  readonly parts: Uint8Array[];
}
