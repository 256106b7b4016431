/** Turns batches of spans into requests, one host each: a header of the request names it. */
import { type HttpEncoder, type HttpMessage, JsonBody } from '@telemetryflow/http';
import { type Items, itemsOf, type Payload } from '@telemetryflow/kernel';
import { jsonConstant, type ResourceRecord, type SpanRecord } from '@telemetryflow/otlp';
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
const OPEN = jsonConstant('[');
const SEPARATOR = jsonConstant(',');
const CLOSE = jsonConstant(']');
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
        const full = requests.add(spans[item] as SpanRecord, item, host);
        if (full !== undefined) yield full;
      }
      const last = requests.take(host);
      if (last !== undefined) yield last;
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
  readonly #body = new JsonBody(CLOSE);
  readonly #spans: SpanJson;
  #items: number[] = [];
  #cut = 0;
  /** Spans of the batch that are in no request, in the order they came. */
  invalid: number[] = [];
  tooLarge: number[] = [];

  constructor({ zone, keep_precision: keepPrecision }: InstanaConfig, hostId: string) {
    this.#spans = new SpanJson(this.#body, { zone, keepPrecision, hostId });
  }

  /** To be called before the first span of a batch; forgets all of an earlier use, however that ended. */
  begin(): void {
    this.#body.reset();
    this.#spans.clear();
    this.#items = [];
    this.#cut = 0;
    this.invalid = [];
    this.tooLarge = [];
  }

  /** Adds a span of this host; returns the request that had no room for it. */
  add(span: SpanRecord, item: number, host: string): Payload<SpansMessage> | undefined {
    const body = this.#body;
    const lead = body.isEmpty ? OPEN : SEPARATOR;
    body.begin(lead);
    if (!this.#spans.write(span)) {
      body.discard();
      this.invalid.push(item);
      return undefined;
    }
    const isCut = this.#isTooLarge;
    if (isCut) {
      body.discard();
      body.begin(lead);
      this.#spans.write(span, CUT_BYTES);
      if (this.#isTooLarge) {
        body.discard();
        this.tooLarge.push(item);
        return undefined;
      }
    }
    const full = body.size > MAX_BYTES ? this.#payload(body.cut(OPEN), host) : undefined;
    this.#items.push(item);
    if (isCut) this.#cut += 1;
    return full;
  }

  /** The request at hand, `undefined` when it is empty. */
  take(host: string): Payload<SpansMessage> | undefined {
    return this.#items.length === 0 ? undefined : this.#payload(this.#body.take(), host);
  }

  /** True when no request could hold the span at hand. */
  get #isTooLarge(): boolean {
    return this.#body.itemBytes + OPEN.length + CLOSE.length > MAX_BYTES;
  }

  #payload(body: Buffer, host: string): Payload<SpansMessage> {
    const [items, cut] = [this.#items, this.#cut];
    this.#items = [];
    this.#cut = 0;
    return { items: itemsOf(items), body: { body, headers: { 'x-instana-host': hostHeader(host) }, cut } };
  }
}
