/** Turns batches of logs into pushes. */
import type { HttpMessage } from '@telemetryflow/http';
import type { Batch, EncodeContext, Encoded, Payload } from '@telemetryflow/kernel';
import { hrTimeToMillis, type LogRecord } from '@telemetryflow/otlp';
import { type BlockCompressor, compressBlock } from '@telemetryflow/remote-write';
import type { LokiConfig } from './config.ts';
import { EntryMaker } from './entry.ts';
import type { PushWriter } from './push-writer.ts';
import { type Stream, Streams } from './streams.ts';
import { NO_TENANT } from './tenant.ts';
import { JsonWriter } from './write-json.ts';
import { ProtoWriter } from './write-proto.ts';

/** What `send` may change about further pushes: servers without structured metadata get fields in lines. */
export interface LokiMode {
  readonly metadata: false;
}

/** A push on its way, with what the reading of its answer needs. */
export interface LokiMessage extends HttpMessage {
  readonly batchId: string;
  readonly items: number;
  /** All entries belong to one stream. */
  readonly oneStream: boolean;
  /** What is structured metadata may go to the end of the line instead. */
  readonly canFallBack: boolean;
}

/** Records between two turns of the event loop. */
const TURN = 256;
const TOO_OLD = 'older than max_age';

/** Encodes a batch for the push API. */
export type PushEncoder = (
  batch: Batch<'logs'>,
  context: EncodeContext,
  compress: BlockCompressor,
) => Generator<Encoded<LokiMessage>>;

/** What encodes a batch; it serves batch after batch. */
class Encoding {
  readonly streams: Streams;
  readonly maker: EntryMaker;
  readonly push: Push;

  constructor(config: LokiConfig) {
    this.streams = new Streams(config);
    this.maker = new EntryMaker(config.max_line_bytes);
    this.push = new Push(config);
  }
}

/** An encoder of batches. Records of one stream stay in the order of their times. */
export function pushEncoder(config: LokiConfig): PushEncoder {
  // What has no batch at hand serves the next one: the engine drops the code of objects that are gone.
  let idle: Encoding | undefined;
  return function* encodePush(batch, { now, id, mode }, compress) {
    const encoding = idle ?? new Encoding(config);
    idle = undefined;
    const { streams, maker, push } = encoding;
    const metadata =
      config.structured_metadata === 'on' || (config.structured_metadata === 'auto' && mode === undefined);
    streams.begin(now);
    maker.begin(metadata);
    push.begin(id, metadata, compress);
    const records = batch.records();
    const tooOld: number[] = [];
    const noTenant: number[] = [];
    for (let item = 0; item < records.length; item++) {
      const record = records[item];
      if (record === undefined) continue;
      const refused = streams.add(record, item);
      if (refused === 'too_old') tooOld.push(item);
      else if (refused === 'tenant') noTenant.push(item);
      if (item % TURN === TURN - 1) yield undefined;
    }
    if (tooOld.length > 0) yield { dropped: tooOld, reason: 'too_old', detail: TOO_OLD };
    if (noTenant.length > 0) yield { dropped: noTenant, reason: 'invalid', detail: NO_TENANT };

    let turn = 0;
    for (const stream of streams.sorted()) {
      const before = push.openFor(stream);
      if (before !== undefined) yield before;
      for (let i = 0; i < stream.items.length; i++) {
        const full = addEntry(encoding, records, stream, i);
        if (full !== undefined) yield full;
        if (++turn % TURN === 0) yield undefined;
      }
      push.endStream();
    }
    const last = push.close();
    if (last !== undefined) yield last;
    streams.end();
    idle = encoding;
  };
}

/** A function of its own: the engine does not optimize the loops of generators. */
function addEntry(
  { push, maker }: Encoding,
  records: readonly LogRecord[],
  stream: Stream,
  i: number,
): Payload<LokiMessage> | undefined {
  const item = stream.items[i] ?? 0;
  const record = records[item];
  const time = stream.times[i];
  const shared = stream.shared[i];
  if (record === undefined || time === undefined || shared === undefined) return undefined;
  push.writer.add(time, maker.make(record, shared));
  return push.added(item, hrTimeToMillis(time));
}

/** The push that is being filled. */
class Push {
  readonly writer: PushWriter;
  readonly #config: LokiConfig;
  #compress: BlockCompressor = compressBlock;
  #id = '';
  #metadata = true;
  #items: number[] = [];
  #oldestMs = Number.POSITIVE_INFINITY;
  #streams = 0;
  #open: Stream | undefined;

  constructor(config: LokiConfig) {
    this.writer = config.encoding === 'json' ? new JsonWriter() : new ProtoWriter();
    this.#config = config;
  }

  /** To be called before the first stream of a batch; forgets all of an earlier one, however that ended. */
  begin(id: string, metadata: boolean, compress: BlockCompressor): void {
    this.#id = id;
    this.#metadata = metadata;
    this.#compress = compress;
    this.#open = undefined;
    this.#empty();
    this.writer.reset();
  }

  /** Begins a stream; what belongs to another tenant is closed before. */
  openFor(stream: Stream): Payload<LokiMessage> | undefined {
    const apart = this.#config.one_stream_per_push || this.#open?.tenant !== stream.tenant;
    const before = this.#items.length > 0 && apart ? this.close() : undefined;
    this.#beginStream(stream);
    return before;
  }

  /** Notes the entry just written; a push that it has made too large is closed without it. */
  added(item: number, ms: number): Payload<LokiMessage> | undefined {
    let full: Payload<LokiMessage> | undefined;
    const stream = this.#open;
    if (this.writer.size > this.#config.max_batch_bytes && this.#items.length > 0 && stream !== undefined) {
      const entry = this.writer.takeLast();
      this.endStream();
      full = this.close();
      this.#beginStream(stream);
      this.writer.putBack(entry);
    }
    this.#items.push(item);
    this.#oldestMs = Math.min(this.#oldestMs, ms);
    return full;
  }

  endStream(): void {
    this.writer.endStream();
  }

  close(): Payload<LokiMessage> | undefined {
    const stream = this.#open;
    if (this.#items.length === 0 || stream === undefined) return undefined;
    const { encoding, one_stream_per_push: alone, structured_metadata: wanted } = this.#config;
    const bytes = this.writer.finish();
    const payload: Payload<LokiMessage> = {
      items: this.#items,
      oldestMs: this.#oldestMs,
      ...(alone && { key: stream.key }),
      body: {
        body: encoding === 'json' ? bytes : this.#compress(bytes),
        ...(stream.tenant !== '' && { headers: { 'x-scope-orgid': stream.tenant } }),
        batchId: this.#id,
        items: this.#items.length,
        oneStream: this.#streams === 1,
        canFallBack: this.#metadata && wanted === 'auto',
      },
    };
    this.#empty();
    return payload;
  }

  #empty(): void {
    this.#items = [];
    this.#oldestMs = Number.POSITIVE_INFINITY;
    this.#streams = 0;
  }

  #beginStream(stream: Stream): void {
    this.#open = stream;
    this.#streams++;
    this.writer.beginStream(stream.labels);
  }
}
