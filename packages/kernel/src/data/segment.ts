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
  encodeSteps,
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
import { giveBytes, takeBytes } from './spare-bytes.ts';

/** One of the two forms of a batch. */
export type Face = 'records' | 'otlp';

/** Items converted between two looks at the clock: about an eighth of a millisecond. */
const ENCODE_STEP = 64;
/** Data points are smaller, and every step repeats the names of their metrics. */
const ENCODE_STEP_METRICS = 512;
/** Every step looks for its first item from the beginning. */
const DECODE_STEP = 256;
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
  #encoding: Generator<undefined, Uint8Array> | undefined;
  #holders = 0;
  /** The bytes lie in memory that others may use after all holders. */
  #spare = false;
  #gone = false;

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

  /** The memory of its bytes is in use for others: `letGo` was called by all who held it. */
  get gone(): boolean {
    return this.#gone;
  }

  records(): readonly RecordOf[S][] {
    if (this.#gone) throw new Error(GONE);
    this.#records ??= decode(this.signal, this.#otlp ?? new Uint8Array(0));
    return this.#records;
  }

  otlp(): Uint8Array {
    if (this.#gone) throw new Error(GONE);
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

  /** Keeps the memory of the bytes from being used again until `letGo`. */
  hold(): void {
    this.#holders++;
  }

  /**
   * The counterpart of `hold`. With the last holder the bytes are gone, where they lie in memory that may be used
   * again. `unread` false: somebody got the bytes from this holder and may still read them, so they stay for good.
   */
  letGo(unread: boolean): void {
    this.#holders--;
    if (!unread) this.#spare = false;
    if (this.#holders > 0 || !this.#spare || this.#otlp === undefined) return;
    giveBytes(this.#otlp);
    this.#otlp = undefined;
    this.#gone = true;
  }

  /**
   * The segment that holds only `face`, shared by all who ask for it. A generator: it yields where the event loop
   * may be given back, and two readers that ask at the same time work on one conversion.
   */
  *as(face: Face): Generator<undefined, Segment<S>> {
    const segment = yield* this.#as(face);
    // Who asks this way does not say when it stops reading.
    segment.#spare = false;
    return segment;
  }

  /** {@link as}, held. */
  *holdAs(face: Face): Generator<undefined, Segment<S>> {
    const segment = yield* this.#as(face);
    segment.hold();
    return segment;
  }

  *#as(face: Face): Generator<undefined, Segment<S>> {
    if (face === this.own) return this;
    for (;;) {
      const known = this.#converted?.deref();
      if (known !== undefined && !known.#gone) return known;
      const done = this.own === 'records' ? this.#encodeStep() : this.#decodeStep();
      if (done !== undefined) {
        this.#converted = new WeakRef(done);
        return done;
      }
      yield;
    }
  }

  /** Encode the next items; the segment of bytes after the last one. */
  #encodeStep(): Segment<S> | undefined {
    if (this.#otlp !== undefined) return Segment.ofOtlp(this.signal, this.#otlp, this.count);
    const records = this.#records ?? [];
    if (this.signal === 'metrics' && this.count > ENCODE_STEP_METRICS) {
      const { parts } = this.#next(ENCODE_STEP_METRICS, (piece, { parts }) => parts.push(piece.otlp()));
      return parts === undefined ? undefined : Segment.ofOtlp(this.signal, merge(parts), this.count);
    }
    const encoding = this.#encoding ?? encodeSteps(this.signal, records, ENCODE_STEP, takeBytes);
    // What throws is over.
    this.#encoding = undefined;
    const step = encoding.next();
    if (step.done !== true) {
      this.#encoding = encoding;
      return undefined;
    }
    const segment = Segment.ofOtlp(this.signal, step.value, this.count);
    segment.#spare = true;
    return segment;
  }

  /** Decode the next items; the segment of records after the last one. */
  #decodeStep(): Segment<S> | undefined {
    if (this.#records !== undefined) return Segment.ofRecords(this.signal, this.#records, this.count);
    if (this.count <= DECODE_STEP) {
      return Segment.ofRecords(this.signal, decode(this.signal, this.otlp()), this.count);
    }
    const { records } = this.#next(DECODE_STEP, (piece, { records }) => {
      for (const record of piece.records()) records.push(record);
    });
    return records === undefined ? undefined : Segment.ofRecords(this.signal, records, this.count);
  }

  /** Hands the next items to `add`; returns the progress when there are no more. */
  #next(
    step: number,
    add: (piece: Segment<S>, progress: Progress<S>) => void,
  ): Progress<S> | { readonly records: undefined; readonly parts: undefined } {
    this.#progress ??= { next: 0, records: [], parts: [] };
    const progress = this.#progress;
    const from = progress.next;
    const to = Math.min(this.count, from + step);
    add(this.select({ from, to }), progress);
    progress.next = to;
    if (to < this.count) return UNFINISHED;
    this.#progress = undefined;
    return progress;
  }
}

const UNFINISHED = { records: undefined, parts: undefined };
const GONE = 'The bytes of a settled batch were asked for: its exporter said that it reads nothing of them any more';

interface Progress<S extends Signal> {
  next: number;
  readonly records: RecordOf[S][];
  readonly parts: Uint8Array[];
}
