/**
 * Changes the attributes of items without decoding them: one pass copies the request, looks at the keys of each
 * item, leaves out what is replaced and appends what is added. The lengths of the messages around are written anew.
 */
import type { Signal } from '../records.ts';
import type { AttributeEdits, KeyEdit } from './attribute-edits.ts';
import { isMetricData } from './cursor.ts';
import { varintSize, WireReader } from './reader.ts';
import { writeVarint } from './writer.ts';

/**
 * The request with the edits made to every span, log record or data point; everything else stays byte for byte, and
 * `bytes` itself is returned when no item changed. Where a key comes more than once, all of it is replaced.
 * Throws `OtlpError` for broken framing.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { compileAttributeEdits, decode, editItemAttributes, protobufFromJson } from '@telemetryflow/otlp';
 *
 * const attributes = '[{"key":"user.email","value":{"stringValue":"jo@example.com"}}]';
 * const body = `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"attributes":${attributes}}]}]}]}`;
 * const request = protobufFromJson('logs', Buffer.from(body));
 * const edits = compileAttributeEdits([{ key: 'user.email', action: 'update', value: '****' }]);
 * const [log] = decode('logs', editItemAttributes('logs', request, edits));
 * assert.equal(log?.attributes['user.email'], '****');
 * ```
 */
export function editItemAttributes(signal: Signal, bytes: Uint8Array, edits: AttributeEdits): Uint8Array {
  return new ItemEditor(signal, bytes, edits).run();
}

const SPAN_ATTRIBUTES = 0x4a;
const LOG_ATTRIBUTES = 0x32;
const METRIC_LEVEL = 3;

/** The tag of the attributes of the data points of a member of `Metric.data`. */
function pointAttributes(data: number): number {
  if (data === 0x4a) return 0x4a; // histogram, 9
  return data === 0x52 ? 0x0a : 0x3a; // exponential histogram, 1; number and summary points, 7
}

class ItemEditor {
  private readonly bytes: Uint8Array;
  private readonly edits: AttributeEdits;
  private readonly reader: WireReader;
  private readonly metrics: boolean;
  /** The tag of the attributes of an item. */
  private attributes: number;
  private out: Buffer;
  private pos = 0;
  private changed = false;
  /** Pairs of start and end: the attributes of the current item that are replaced. */
  private readonly cuts: number[] = [];
  private cutCount = 0;
  /** Per edit: the number of the last item that has its key. */
  private readonly seen: number[];
  private item = 0;

  constructor(signal: Signal, bytes: Uint8Array, edits: AttributeEdits) {
    this.bytes = bytes;
    this.edits = edits;
    this.reader = new WireReader(bytes);
    this.metrics = signal === 'metrics';
    this.attributes = signal === 'traces' ? SPAN_ATTRIBUTES : LOG_ATTRIBUTES;
    this.out = Buffer.allocUnsafeSlow(bytes.length + (bytes.length >>> 3) + 256);
    this.seen = edits.all.map(() => 0);
  }

  run(): Uint8Array {
    this.container(this.bytes.length, 0);
    return this.changed ? this.out.subarray(0, this.pos) : this.bytes;
  }

  /** Copies the fields of a message from the reader's position to `end`, with the items in them changed. */
  private container(end: number, level: number): void {
    const { reader } = this;
    const itemLevel = this.metrics ? METRIC_LEVEL + 1 : 2;
    let copied = reader.pos;
    while (reader.pos < end) {
      const at = reader.pos;
      const tag = reader.tag(end);
      if (!this.isChild(level, tag)) {
        reader.skip(tag, end);
        continue;
      }
      const childEnd = reader.length(end);
      const start = reader.pos;
      if (level === itemLevel) {
        if (this.scan(start, childEnd)) {
          this.copy(copied, at);
          this.writeItem(tag, start, childEnd);
          copied = childEnd;
        }
      } else {
        this.copy(copied, at);
        if (level === METRIC_LEVEL) this.attributes = pointAttributes(tag);
        this.child(tag, childEnd, level + 1);
        copied = childEnd;
      }
      reader.pos = childEnd;
    }
    this.copy(copied, end);
  }

  private isChild(level: number, tag: number): boolean {
    if (level === 0) return tag === 0x0a;
    if (level < METRIC_LEVEL) return tag === 0x12;
    return level === METRIC_LEVEL ? isMetricData(tag) : tag === 0x0a;
  }

  /** Writes a message that holds items; it moves where its length takes another number of bytes than before. */
  private child(tag: number, end: number, level: number): void {
    this.ensure(16);
    const reserve = varintSize(end - this.reader.pos);
    const at = this.pos + 1;
    this.out[at - 1] = tag;
    this.pos = at + reserve;
    this.container(end, level);
    const length = this.pos - at - reserve;
    const size = varintSize(length);
    if (size !== reserve) {
      this.ensure(16);
      this.out.copyWithin(at + size, at + reserve, this.pos);
      this.pos = at + size + length;
    }
    writeVarint(this.out, at, length);
  }

  /** Looks at the keys of an item; true when it changes. */
  private scan(start: number, end: number): boolean {
    const { bytes, attributes, reader } = this;
    this.item++;
    this.cutCount = 0;
    let pos = start;
    while (pos < end) {
      const tag = bytes[pos] as number;
      const wireType = tag & 0x87;
      if (wireType === 2) {
        const length = bytes[pos + 1] as number;
        const next = pos + 2 + length;
        if (length < 0x80 && next <= end) {
          if (tag === attributes) this.look(pos, pos + 2, next);
          pos = next;
          continue;
        }
      } else if (wireType === 1 && end - pos > 8) {
        pos += 9;
        continue;
      }
      reader.pos = pos;
      const wide = reader.tag(end);
      if (wide === attributes) {
        const next = reader.length(end);
        this.look(pos, reader.pos, next);
        reader.pos = next;
      } else reader.skip(wide, end);
      pos = reader.pos;
    }
    if (this.cutCount > 0) return true;
    for (const edit of this.edits.all) {
      if (edit.ifAbsent !== undefined && this.seen[edit.index] !== this.item) return true;
    }
    return false;
  }

  /** Looks at an attribute, whose field begins at `at` and whose KeyValue is from `start` to `end`. */
  private look(at: number, start: number, end: number): void {
    const { bytes } = this;
    const keyStart = start + 2;
    const keyEnd = keyStart + (bytes[start + 1] as number);
    // As all encoders write it: a short key, then the value, which ends the message.
    const plain =
      keyEnd + 1 < end &&
      bytes[start] === 0x0a &&
      keyEnd < start + 0x82 &&
      bytes[keyEnd] === 0x12 &&
      keyEnd + 2 + (bytes[keyEnd + 1] as number) === end;
    const edit = plain ? this.editOf(keyStart, keyEnd) : this.editOfAny(start, end);
    if (edit === undefined) return;
    this.seen[edit.index] = this.item;
    if (!edit.replaces) return;
    this.cuts[this.cutCount++] = at;
    this.cuts[this.cutCount++] = end;
  }

  /** The edit of the key in a KeyValue of whatever form: the last key counts, and none is the empty key. */
  private editOfAny(start: number, end: number): KeyEdit | undefined {
    const { reader } = this;
    let keyStart = start;
    let keyEnd = start;
    reader.pos = start;
    while (reader.pos < end) {
      const tag = reader.tag(end);
      if (tag === 0x0a) {
        keyEnd = reader.length(end);
        keyStart = reader.pos;
        reader.pos = keyEnd;
      } else reader.skip(tag, end);
    }
    return this.editOf(keyStart, keyEnd);
  }

  private editOf(keyStart: number, keyEnd: number): KeyEdit | undefined {
    const { bytes } = this;
    const { byKeyLength } = this.edits;
    const length = keyEnd - keyStart;
    if (length >= byKeyLength.length) return undefined;
    for (const edit of byKeyLength[length] as readonly KeyEdit[]) {
      const { key } = edit;
      let same = 0;
      // Keys differ in their last characters more often than in their first.
      while (same < length && bytes[keyEnd - 1 - same] === key[length - 1 - same]) same++;
      if (same === length) return edit;
    }
    return undefined;
  }

  /** Writes the item that was scanned last, changed. */
  private writeItem(tag: number, start: number, end: number): void {
    const { cuts, cutCount } = this;
    let length = end - start;
    for (let i = 0; i < cutCount; i += 2) length += (cuts[i] as number) - (cuts[i + 1] as number);
    for (const edit of this.edits.all) {
      const added = this.addedBy(edit);
      if (added !== undefined) length += 1 + added.length;
    }
    this.ensure(length + 16);
    this.out[this.pos] = tag;
    this.pos = writeVarint(this.out, this.pos + 1, length);
    let copied = start;
    for (let i = 0; i < cutCount; i += 2) {
      this.copy(copied, cuts[i] as number);
      copied = cuts[i + 1] as number;
    }
    this.copy(copied, end);
    for (const edit of this.edits.all) {
      const added = this.addedBy(edit);
      if (added === undefined) continue;
      this.out[this.pos++] = this.attributes;
      for (let i = 0; i < added.length; i++) this.out[this.pos + i] = added[i] as number;
      this.pos += added.length;
    }
    this.changed = true;
  }

  private addedBy(edit: KeyEdit): Uint8Array | undefined {
    return this.seen[edit.index] === this.item ? edit.ifPresent : edit.ifAbsent;
  }

  private copy(start: number, end: number): void {
    const length = end - start;
    if (length === 0) return;
    this.ensure(length);
    const { bytes, out, pos } = this;
    if (length > 32) out.set(bytes.subarray(start, end), pos);
    else for (let i = 0; i < length; i++) out[pos + i] = bytes[start + i] as number;
    this.pos = pos + length;
  }

  private ensure(length: number): void {
    if (this.pos + length <= this.out.length) return;
    const grown = Buffer.allocUnsafeSlow(this.out.length * 2 + length);
    this.out.copy(grown, 0, 0, this.pos);
    this.out = grown;
  }
}
