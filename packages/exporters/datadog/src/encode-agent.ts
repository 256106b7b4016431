/**
 * Spans for the Agent's own intake, `/v0.4/traces`: a list of traces in MessagePack, each the list of its spans that
 * are in the request. The Agent answers with sampling rates by service. They are for tracers, which begin traces; a
 * rate applied to spans that are done would tear traces apart, so they are not read.
 */
import { type Batch, type EncodeContext, type Encoded, itemsOf, type Payload } from '@telemetryflow/kernel';
import { type SpanRecord, validIds } from '@telemetryflow/otlp';
import { AgentSpans } from './agent-span.ts';
import type { DatadogConfig } from './config.ts';
import { Spare } from './entries.ts';
import type { DatadogMessage } from './message.ts';
import { MsgpackWriter } from './msgpack-writer.ts';
import { ResourceReader } from './resource-tags.ts';

/** Datadog's tracers send so much; an Agent takes 25 MB unless told otherwise. */
const MAX_BYTES = 8 * 1024 * 1024;
const TURN = 256;
const INVALID_ID = 'invalid_id: a trace or span id that is no lower-case hex of its length, or all zeros';

/** Encodes traces by a configuration; `machine` is the name of this machine. */
export function agentEncoder(
  config: DatadogConfig,
  machine: string,
): (batch: Batch, context: EncodeContext) => Generator<Encoded<DatadogMessage>> {
  const reader = new ResourceReader({ ...config, all: false }, machine);
  const spare = new Spare(() => new Requests(reader));
  return function* encode(batch, { id }) {
    const spans = (batch as Batch<'traces'>).records();
    const requests = spare.take();
    requests.begin(id);
    const invalid: number[] = [];
    const tooLarge: number[] = [];
    let seen = 0;
    for (const items of traces(spans, invalid)) {
      requests.endTrace();
      for (const item of items) {
        if (++seen % TURN === 0) yield undefined;
        const span = spans[item] as SpanRecord;
        if (requests.add(span, item)) continue;
        if (!requests.isEmpty) yield requests.take();
        if (!requests.add(span, item)) tooLarge.push(item);
      }
    }
    if (!requests.isEmpty) yield requests.take();
    spare.give(requests);
    if (invalid.length > 0) yield { dropped: itemsOf(invalid), reason: 'invalid', detail: INVALID_ID };
    if (tooLarge.length > 0) {
      const dropped = itemsOf(tooLarge.toSorted((a, b) => a - b));
      yield { dropped, reason: 'too_large', detail: `a span of more than ${MAX_BYTES} bytes` };
    }
  };
}

/** The items of each trace, in the order of the first of them. */
function traces(spans: readonly SpanRecord[], invalid: number[]): Iterable<readonly number[]> {
  const byId = new Map<string, number[]>();
  for (const [item, span] of spans.entries()) {
    const context = span.spanContext();
    const known = byId.get(context.traceId);
    if (!validIds(context)) invalid.push(item);
    else if (known === undefined) byId.set(context.traceId, [item]);
    else known.push(item);
  }
  return byId.values();
}

/** The requests of one batch after the other. */
class Requests {
  readonly #out = new MsgpackWriter();
  readonly #spans: AgentSpans;
  #batchId = '';
  #all = 0;
  #traces = 0;
  /** Where the length of the open trace stands, and that length; 0 for none that is open. */
  #trace = 0;
  #length = 0;
  #items: number[] = [];

  constructor(reader: ResourceReader) {
    this.#spans = new AgentSpans(reader, this.#out);
  }

  /** To be called before the first span of a batch; `batchId` is the name of that. */
  begin(batchId: string): void {
    this.#batchId = batchId;
    this.#spans.begin();
    this.#open();
  }

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  /** What is added now is of another trace. */
  endTrace(): void {
    if (this.#length > 0) this.#out.count(this.#trace, this.#length);
    this.#length = 0;
  }

  /** False, and nothing is added, where there is no room: take the request first. */
  add(span: SpanRecord, item: number): boolean {
    const { length: before } = this.#out;
    const leads = this.#length === 0;
    const trace = leads ? this.#out.list() : this.#trace;
    this.#spans.write(span, leads);
    if (this.#out.length > MAX_BYTES) {
      this.#out.length = before;
      return false;
    }
    if (leads) this.#traces++;
    this.#trace = trace;
    this.#length++;
    this.#items.push(item);
    return true;
  }

  take(): Payload<DatadogMessage> {
    this.endTrace();
    this.#out.count(this.#all, this.#traces);
    const headers = { 'x-datadog-trace-count': String(this.#traces) };
    const items = itemsOf(this.#items.toSorted((a, b) => a - b));
    const body = { requests: [{ body: this.#out.take(), headers }], batchId: this.#batchId };
    this.#open();
    return { items, body };
  }

  #open(): void {
    this.#out.length = 0;
    this.#all = this.#out.list();
    this.#traces = 0;
    this.#length = 0;
    this.#items = [];
  }
}
