/** Turns batches of spans into requests, one host each: a header of the request names it. */
import { type HttpEncoder, type HttpMessage, TextBody } from '@telemetryflow/http';
import { type Items, itemsOf, type Payload } from '@telemetryflow/kernel';
import type { ResourceRecord, SpanRecord } from '@telemetryflow/otlp';
import type { InstanaConfig } from './config.ts';
import { hostHeader, hostOf } from './host.ts';
import { SpanJson } from './span-json.ts';

/** A request, and how many of its spans have shortened texts. */
export interface SpansMessage extends HttpMessage {
  readonly cut: number;
}

/** Instana's own client for Go sends 5 MiB at most. */
const MAX_BYTES = 4_500_000;
/** Bytes of each text of a span that would be larger than a request. */
const CUT_BYTES = 8000;
/** Spans between two turns of the event loop. */
const TURN = 256;
const INVALID_ID = 'invalid_id: a trace or span id that is no lower-case hex of its length, or all zeros';
const TOO_LARGE = 'larger than 4.5 MB, even with texts of 8 kB';

export function tracesEncoder(config: InstanaConfig, hostId: string): HttpEncoder<'traces'> {
  // What has no batch at hand serves the next one: the engine drops the code of objects that are gone.
  let idle: Requests | undefined;
  return function* encodeTraces(batch) {
    const requests = idle ?? new Requests(config, hostId);
    idle = undefined;
    requests.begin();
    const spans = batch.records();
    let seen = 0;
    for (const [host, items] of byHost(spans, hostId)) {
      for (const item of items) {
        if (++seen % TURN === 0) yield undefined;
        const span = spans[item] as SpanRecord;
        if (requests.add(span, item)) continue;
        yield requests.take(host);
        requests.add(span, item);
      }
      if (requests.hasItems) yield requests.take(host);
    }
    const { invalid, tooLarge } = requests;
    if (invalid.length > 0) yield { dropped: ascending(invalid), reason: 'invalid', detail: INVALID_ID };
    if (tooLarge.length > 0) yield { dropped: ascending(tooLarge), reason: 'too_large', detail: TOO_LARGE };
    idle = requests;
  };
}

function ascending(items: readonly number[]): Items {
  return itemsOf(items.toSorted((a, b) => a - b));
}

/** The items of each host, in the order of the first of them. */
function byHost(spans: readonly SpanRecord[], hostId: string): ReadonlyMap<string, readonly number[]> {
  const hosts = new Map<string, number[]>();
  const known = new Map<ResourceRecord, number[]>();
  for (const [item, { resource }] of spans.entries()) {
    let items = known.get(resource);
    if (items === undefined) {
      const host = hostOf(resource.attributes, hostId);
      items = hosts.get(host) ?? [];
      hosts.set(host, items);
      known.set(resource, items);
    }
    items.push(item);
  }
  return hosts;
}

/** The requests of one batch after the other. */
class Requests {
  readonly #spans: SpanJson;
  readonly #body = new TextBody({ open: '[', separator: ',', close: ']', maxBytes: MAX_BYTES });
  #items: number[] = [];
  #cut = 0;
  /** Spans of the batch that are in no request, in the order they came. */
  invalid: number[] = [];
  tooLarge: number[] = [];

  constructor({ zone, keep_precision: keepPrecision }: InstanaConfig, hostId: string) {
    this.#spans = new SpanJson({ zone, keepPrecision, hostId });
  }

  /** To be called before the first span of a batch; forgets all of an earlier use, however that ended. */
  begin(): void {
    this.#spans.clear();
    this.#body.reset();
    this.#items = [];
    this.#cut = 0;
    this.invalid = [];
    this.tooLarge = [];
  }

  get hasItems(): boolean {
    return this.#items.length > 0;
  }

  /** False, and nothing is added, where there is no room: take the request first. */
  add(span: SpanRecord, item: number): boolean {
    let text = this.#spans.write(span);
    if (text === undefined) {
      this.invalid.push(item);
      return true;
    }
    const isCut = !fits(text);
    if (isCut) text = this.#spans.write(span, CUT_BYTES) ?? '';
    if (isCut && !fits(text)) {
      this.tooLarge.push(item);
      return true;
    }
    if (!this.#body.add(text)) return false;
    this.#items.push(item);
    if (isCut) this.#cut += 1;
    return true;
  }

  take(host: string): Payload<SpansMessage> {
    const [items, cut] = [this.#items, this.#cut];
    this.#items = [];
    this.#cut = 0;
    const headers = { 'x-instana-host': hostHeader(host) };
    return { items: itemsOf(items), body: { body: this.#body.take(), headers, cut } };
  }
}

function fits(text: string): boolean {
  return text.length * 3 + 2 <= MAX_BYTES || Buffer.byteLength(text) + 2 <= MAX_BYTES;
}
