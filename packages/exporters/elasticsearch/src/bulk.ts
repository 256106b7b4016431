/** Bodies of bulk requests: documents with their action lines, cut into requests by size and never within an item. */
import type { HttpMessage } from '@telemetryflow/http';
import type { Items, Payload } from '@telemetryflow/kernel';
import type { ClusterMode } from './mode.ts';
import type { Notice } from './notices.ts';

/** The items of the batch that a document carries. */
export type DocumentItems = number | readonly number[];

/** A bulk request on its way, with what the reading of its answer needs. */
export interface BulkMessage extends HttpMessage {
  readonly body: Uint8Array;
  /** In the order of the action lines. */
  readonly documents: readonly DocumentItems[];
  /** Positions of documents whose index was chosen by telemetry, not by the configuration. */
  readonly chosen: ReadonlySet<number>;
  /** Documents have an `_id` of their own, so that a conflict means that one is stored. */
  readonly identified: boolean;
  readonly items: number;
  /** How many indices are written to. */
  readonly indices: number;
  readonly notices: ReadonlySet<Notice>;
  readonly batchId: string;
  readonly mode: ClusterMode;
}

/** Documents that belong together. */
export interface DocumentGroup {
  /** Action line and source of each. */
  readonly lines: readonly string[];
  readonly items: DocumentItems;
  /** Of the first. */
  readonly index: string;
  /** The index was chosen by telemetry. */
  readonly chosen: boolean;
}

/** Who made the documents, and of what. */
export interface BulkOptions {
  readonly flushBytes: number;
  readonly batchId: string;
  readonly identified: boolean;
  readonly notices?: ReadonlySet<Notice>;
  readonly mode: ClusterMode;
}

const NO_NOTICES: ReadonlySet<Notice> = new Set();
const FIRST_CAPACITY = 256 * 1024;
/** A buffer that grew beyond this is not kept for the next batch. */
const KEPT_CAPACITY = 16 * 1024 * 1024;
const NEW_LINE = 0x0a;
let spare: Buffer | undefined;

export class BulkBuilder {
  readonly #options: BulkOptions;
  #bytes: Buffer;
  #end = 0;
  #documents: DocumentItems[] = [];
  #chosen = new Set<number>();
  #items: number[] = [];
  #indices = new Set<string>();
  #index = '';

  constructor(options: BulkOptions) {
    this.#options = options;
    this.#bytes = spare ?? Buffer.allocUnsafeSlow(FIRST_CAPACITY);
    // Two batches may be encoded in turns.
    spare = undefined;
  }

  /** Adds documents. Returns the request before them when they no longer fit into it. */
  add({ lines, items, index, chosen }: DocumentGroup): Payload<BulkMessage> | undefined {
    const start = this.#end;
    for (const line of lines) this.#line(line);
    let full: Payload<BulkMessage> | undefined;
    if (this.#end > this.#options.flushBytes && this.#documents.length > 0) {
      const end = this.#end;
      full = this.#take(start);
      this.#bytes.copyWithin(0, start, end);
      this.#end = end - start;
    }
    for (let i = 0; i < lines.length; i += 2) {
      if (chosen) this.#chosen.add(this.#documents.length);
      this.#documents.push(items);
    }
    if (index !== this.#index) {
      this.#index = index;
      this.#indices.add(index);
    }
    if (typeof items === 'number') this.#items.push(items);
    else for (const item of items) this.#items.push(item);
    return full;
  }

  /** The last request; `undefined` when there is nothing left. */
  close(): Payload<BulkMessage> | undefined {
    const last = this.#documents.length === 0 ? undefined : this.#take(this.#end);
    if (this.#bytes.length <= KEPT_CAPACITY) spare = this.#bytes;
    return last;
  }

  #line(line: string): void {
    const needed = this.#end + line.length * 3 + 1;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, needed));
      this.#bytes.copy(larger, 0, 0, this.#end);
      this.#bytes = larger;
    }
    this.#end += this.#bytes.write(line, this.#end);
    this.#bytes[this.#end++] = NEW_LINE;
  }

  #take(end: number): Payload<BulkMessage> {
    const { batchId, identified, notices = NO_NOTICES, mode } = this.#options;
    const items = this.#items;
    const payload: Payload<BulkMessage> = {
      items: itemsOf(items),
      body: {
        body: new Uint8Array(this.#bytes.subarray(0, end)),
        documents: this.#documents,
        chosen: this.#chosen,
        identified,
        items: items.length,
        indices: this.#indices.size,
        notices,
        batchId,
        mode,
      },
    };
    this.#documents = [];
    this.#chosen = new Set();
    this.#items = [];
    this.#indices = new Set();
    this.#index = '';
    this.#end = 0;
    return payload;
  }
}

/** A range where the items are one without gap: it is cheaper to keep books of. */
function itemsOf(items: readonly number[]): Items {
  const from = items[0] ?? 0;
  for (let i = 0; i < items.length; i++) if (items[i] !== from + i) return items;
  return { from, to: from + items.length };
}
