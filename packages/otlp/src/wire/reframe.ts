/**
 * Builds a request out of chosen items of another: item bytes are copied, the envelopes around them are
 * written anew with what describes them (resource, scope, schema URL, metric name, unknown fields), and
 * envelopes without items do not appear. Fields of the request itself other than its envelopes are left out.
 */
import type { ItemCursor } from './cursor.ts';
import { varintSize, WireReader } from './reader.ts';
import { writeVarint } from './writer.ts';

/** What a container says besides its items, in wire order. */
class Header {
  readonly serial: number;
  size = 0;
  /** Pairs of start and end; the first `before` numbers precede the items. */
  readonly ranges: number[] = [];
  before = -1;

  constructor(serial: number) {
    this.serial = serial;
  }
}

/** The headers around a cursor's item, by level: each is read once, however many collect from the cursor. */
export class Headers {
  private readonly latest: Header[] = [0, 1, 2, 3, 4].map(() => new Header(-1));

  /** The header of the container of this level around the cursor's item. */
  at(cursor: ItemCursor, level: number): Header {
    const latest = this.latest[level] as Header;
    const serial = cursor.serial[level] as number;
    if (latest.serial === serial) return latest;
    const header = readHeader(cursor, level, serial);
    this.latest[level] = header;
    return header;
  }
}

function readHeader(cursor: ItemCursor, level: number, serial: number): Header {
  const header = new Header(serial);
  const { ranges } = header;
  const end = cursor.bodyEnd[level] as number;
  const reader = new WireReader(cursor.bytes, cursor.bodyStart[level] as number);
  while (reader.pos < end) {
    const at = reader.pos;
    const tag = reader.tag(end);
    reader.skip(tag, end);
    if (cursor.isItems(level, tag)) {
      if (header.before === -1) header.before = ranges.length;
      continue;
    }
    header.size += reader.pos - at;
    const grows = ranges.length > Math.max(header.before, 0) && ranges[ranges.length - 1] === at;
    if (grows) ranges[ranges.length - 1] = reader.pos;
    else ranges.push(at, reader.pos);
  }
  if (header.before === -1) header.before = ranges.length;
  return header;
}

/** Collects items of a cursor into one request at a time. */
export class Reframer {
  /** Items added since the last `take`. */
  items = 0;
  private readonly cursor: ItemCursor;
  private readonly headers: Headers;
  /** Per level: the header of the container open in the output. */
  private readonly opened: (Header | undefined)[] = [];
  /** Per level: serial of the container open in the output (-1: none), its content length, its operation. */
  private readonly open: number[] = [-1, -1, -1, -1, -1];
  private readonly length: number[] = [0, 0, 0, 0, 0];
  private readonly operation: number[] = [0, 0, 0, 0, 0];
  /** Triples: `tag, length, 0` starts a message, `0, start, end` copies input. */
  private operations: number[] = [];

  /** Several may collect from one cursor, and then share `headers`. */
  constructor(cursor: ItemCursor, headers: Headers = new Headers()) {
    this.cursor = cursor;
    this.headers = headers;
  }

  /** Length of the request if the cursor's item were added. */
  sizeWith(): number {
    this.closeStale();
    const { start, end, depth } = this.cursor;
    let size = end - start;
    for (let level = depth; level > 0; level--) {
      size += this.open[level] === -1 ? this.headers.at(this.cursor, level).size : (this.length[level] as number);
      size += 1 + varintSize(size);
    }
    return (this.length[0] as number) + size;
  }

  /** Adds the cursor's item. */
  add(): void {
    this.closeStale();
    const { start, end, depth } = this.cursor;
    for (let level = 1; level <= depth; level++) if (this.open[level] === -1) this.openLevel(level);
    this.copy(start, end);
    this.length[depth] = (this.length[depth] as number) + end - start;
    this.items++;
  }

  /** The request of all items added so far; the next one starts empty. */
  take(): Uint8Array {
    for (let level = this.cursor.depth; level > 0; level--) if (this.open[level] !== -1) this.close(level);
    const out = Buffer.allocUnsafeSlow(this.length[0] as number);
    const { bytes } = this.cursor;
    const operations = this.operations;
    let pos = 0;
    for (let i = 0; i < operations.length; i += 3) {
      const tag = operations[i] as number;
      const first = operations[i + 1] as number;
      if (tag === 0) {
        const last = operations[i + 2] as number;
        if (last - first > 32) out.set(bytes.subarray(first, last), pos);
        else for (let k = first, p = pos; k < last; k++, p++) out[p] = bytes[k] as number;
        pos += last - first;
      } else {
        out[pos++] = tag;
        pos = writeVarint(out, pos, first);
      }
    }
    this.length[0] = 0;
    this.items = 0;
    this.operations = [];
    return out;
  }

  /** Closes what is open but no longer around the cursor's item. */
  private closeStale(): void {
    for (let level = this.cursor.depth; level > 0; level--) {
      const open = this.open[level];
      if (open === this.cursor.serial[level]) return;
      if (open !== -1) this.close(level);
    }
  }

  private openLevel(level: number): void {
    const header = this.headers.at(this.cursor, level);
    this.opened[level] = header;
    this.open[level] = this.cursor.serial[level] as number;
    this.length[level] = header.size;
    this.operation[level] = this.operations.length;
    this.operations.push(this.cursor.tags[level] as number, 0, 0);
    for (let i = 0; i < header.before; i += 2) this.copy(header.ranges[i] as number, header.ranges[i + 1] as number);
  }

  private close(level: number): void {
    const { ranges, before } = this.opened[level] as Header;
    for (let i = before; i < ranges.length; i += 2) this.copy(ranges[i] as number, ranges[i + 1] as number);
    const length = this.length[level] as number;
    this.operations[(this.operation[level] as number) + 1] = length;
    this.length[level - 1] = (this.length[level - 1] as number) + 1 + varintSize(length) + length;
    this.open[level] = -1;
  }

  private copy(start: number, end: number): void {
    const { operations } = this;
    const last = operations.length - 3;
    if (last >= 0 && operations[last] === 0 && operations[last + 2] === start) operations[last + 2] = end;
    else operations.push(0, start, end);
  }
}
