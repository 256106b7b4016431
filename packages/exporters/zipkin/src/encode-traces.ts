/** Turns batches of spans into requests. */
import type { HttpEncoder, HttpMessage } from '@telemetryflow/http';
import { type Payload, Refusals } from '@telemetryflow/kernel';
import type { SpanRecord } from '@telemetryflow/otlp';
import type { ZipkinConfig } from './config.ts';
import { type Added, JsonList, ProtoList, type SpanList } from './span-list.ts';
import { SpanMaker, type ZipkinSpan } from './zipkin-span.ts';

/** A request on its way, with what the reading of its answer needs. */
export interface ZipkinMessage extends HttpMessage {
  readonly batchId: string;
}

/** Spans between two turns of the event loop. */
const TURN = 256;
const INVALID_ID = 'invalid_id: a trace or span id that is no lower-case hex of its length, or all zeros';
const TOO_LARGE = 'larger than max_request_bytes, even without its annotations';

export function tracesEncoder(config: ZipkinConfig): HttpEncoder<'traces'> {
  // What has no batch at hand serves the next one: the engine drops the code of objects that are gone.
  let idle: Requests | undefined;
  return function* encodeTraces(batch, { id }) {
    const requests = idle ?? new Requests(config);
    idle = undefined;
    requests.begin(id);
    const { refusals } = requests;
    const spans = batch.records();
    for (let item = 0; item < spans.length; item++) {
      if (item % TURN === TURN - 1) yield undefined;
      const span = requests.maker.make(spans[item] as SpanRecord);
      if (span === undefined) {
        refusals.add('invalid', INVALID_ID, item);
        continue;
      }
      let added = requests.add(span, item);
      if (added === 'full') {
        yield requests.take();
        added = requests.add(span, item);
      }
      if (added === 'too_large') refusals.add('too_large', TOO_LARGE, item);
    }
    yield* refusals.end();
    if (requests.hasItems) yield requests.take();
    idle = requests;
  };
}

/** The requests of one batch after the other. */
class Requests {
  readonly maker: SpanMaker;
  readonly refusals: Refusals = new Refusals();
  readonly #list: SpanList;
  #items: number[] = [];
  #batchId = '';

  constructor(config: ZipkinConfig) {
    this.maker = new SpanMaker(config);
    this.#list =
      config.format === 'proto' ? new ProtoList(config.max_request_bytes) : new JsonList(config.max_request_bytes);
  }

  /** To be called before the first span of a batch; forgets all of an earlier use, however that ended. */
  begin(batchId: string): void {
    this.maker.clear();
    this.refusals.reset();
    this.#list.reset();
    this.#items = [];
    this.#batchId = batchId;
  }

  get hasItems(): boolean {
    return this.#items.length > 0;
  }

  add(span: ZipkinSpan, item: number): Added {
    const added = this.#list.add(span);
    if (added === 'added') this.#items.push(item);
    return added;
  }

  take(): Payload<ZipkinMessage> {
    const items = this.#items;
    this.#items = [];
    return { items, body: { body: this.#list.take(), batchId: this.#batchId } };
  }
}
