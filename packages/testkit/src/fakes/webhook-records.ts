/** Reads the bodies a webhook sends, each encoding by its own rules, as a careful receiver would. */
import { protobufFromJson, type Signal, validate } from '@telemetryflow/otlp';
import type { RecordedRequest } from '../backend/request.ts';
import { ITEM_ID } from '../data/attributes.ts';
import { otlpItemIds } from './otlp-items.ts';
import { parseStrictJson } from './strict-json.ts';

/** How the body is written. */
export type WebhookEncoding =
  | 'json'
  | 'otlp_json'
  | 'otlp_proto'
  | 'ndjson'
  | 'json_array'
  | 'cloudevents'
  | 'cloudevent'
  | 'slack';

/** The media type of each encoding. */
export const WEBHOOK_TYPES: Readonly<Record<WebhookEncoding, string>> = {
  json: 'application/json',
  otlp_json: 'application/json',
  otlp_proto: 'application/x-protobuf',
  ndjson: 'application/x-ndjson',
  json_array: 'application/json',
  cloudevents: 'application/cloudevents-batch+json',
  cloudevent: 'application/cloudevents+json',
  slack: 'application/json',
};

/** One item as the receiver understood it. */
export interface WebhookItem {
  readonly id: string | undefined;
  /** The flat record; undefined where the body is OTLP. */
  readonly record?: Readonly<Record<string, unknown>>;
}

type Json = Readonly<Record<string, unknown>>;

const SIGNALS: ReadonlySet<unknown> = new Set(['traces', 'metrics', 'logs']);
const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/;
const MAX_CHARACTERS = 4000;
const MAX_LINES = 21;

/** The items of a request; throws a sentence about what is wrong with it. `signal` is what a bare OTLP body holds. */
export function readWebhook(request: RecordedRequest, encoding: WebhookEncoding, signal: Signal): WebhookItem[] {
  const text = new TextDecoder('utf-8', { fatal: true });
  switch (encoding) {
    case 'json':
      return readEnvelope(parseStrictJson(text.decode(request.body)) as Json, request.headers['webhook-id']);
    case 'otlp_json':
      return itemsOf(signal, protobufFromJson(signal, request.body));
    case 'otlp_proto':
      return itemsOf(signal, request.body);
    case 'ndjson':
      return text.decode(request.body).split('\n').map(readLine);
    case 'json_array':
      return (parseStrictJson(text.decode(request.body)) as Json[]).map(readFlat);
    case 'cloudevents':
      return readEvents(parseStrictJson(text.decode(request.body)) as Json[]);
    case 'cloudevent':
      return readEvents([parseStrictJson(text.decode(request.body)) as Json]);
    case 'slack':
      return readMessage(parseStrictJson(text.decode(request.body)) as Json);
  }
}

function itemsOf(signal: Signal, body: Uint8Array): WebhookItem[] {
  validate(signal, body);
  return otlpItemIds(signal, body).map((id) => ({ id }));
}

function readEnvelope(envelope: Json, id: unknown): WebhookItem[] {
  const keys = Object.keys(envelope).join();
  if (keys !== 'type,timestamp,id,version,count,data') throw new Error(`no envelope: ${keys}`);
  const { type, timestamp, version, count, data } = envelope;
  if (!SIGNALS.has(type)) throw new Error(`unknown type ${String(type)}`);
  if (!RFC3339.test(String(timestamp))) throw new Error(`${String(timestamp)} is no time`);
  if (version !== '1') throw new Error(`unknown version ${String(version)}`);
  if (envelope['id'] !== id) throw new Error(`the id ${String(envelope['id'])} is not that of the request`);
  const items = itemsOf(type as Signal, protobufFromJson(type as Signal, Buffer.from(JSON.stringify(data))));
  if (count !== items.length) throw new Error(`a count of ${String(count)} with ${items.length} items`);
  return items;
}

function readLine(line: string): WebhookItem {
  if (line === '') throw new Error('an empty line: some receivers store it as a record');
  return readFlat(parseStrictJson(line) as Json);
}

function readFlat(record: Json): WebhookItem {
  const { signal, time, attributes } = record as { signal?: unknown; time?: unknown; attributes?: Json };
  if (!/^(log|span|metric)$/.test(String(signal))) throw new Error(`unknown signal ${String(signal)}`);
  if (!RFC3339.test(String(time))) throw new Error(`${String(time)} is no time`);
  const id = attributes?.[ITEM_ID];
  return { id: id === undefined ? undefined : String(id), record };
}

/** CloudEvents 1.0: required attributes, their grammar, and ids that are unique together with the source. */
function readEvents(events: readonly Json[]): WebhookItem[] {
  const seen = new Set<string>();
  return events.map((event) => {
    const { specversion, id, source, type, time, data } = event;
    if (specversion !== '1.0') throw new Error(`unknown specversion ${String(specversion)}`);
    for (const [name, value] of Object.entries(event)) {
      if (!/^[a-z0-9]+$/.test(name)) throw new Error(`${name} is no name of an attribute`);
      if (name !== 'data' && (typeof value !== 'string' || value === '')) throw new Error(`${name} is no text`);
    }
    if (!/^urn:[a-z0-9][a-z0-9-]*:(?:[A-Za-z0-9()+,\-.:=@;$_!*'~/]|%[0-9A-F]{2})+$/.test(String(source))) {
      throw new Error(`${String(source)} is no URI reference`);
    }
    if (typeof type !== 'string' || (time !== undefined && !RFC3339.test(String(time)))) throw new Error('no event');
    if (seen.has(`${source} ${id}`)) throw new Error(`the event ${String(id)} twice`);
    seen.add(`${source} ${id}`);
    return readFlat(data as Json);
  });
}

function readMessage(message: Json): WebhookItem[] {
  const { text } = message;
  if (typeof text !== 'string' || text === '') throw new Error('no_text');
  if (Object.keys(message).length > 1) throw new Error('invalid_payload');
  const lines = text.split('\n');
  if (text.length > MAX_CHARACTERS || lines.length > MAX_LINES) throw new Error('invalid_payload');
  if (/[<>]|&(?!(amp|lt|gt);)/.test(text)) throw new Error('invalid_payload: unescaped markup');
  return lines.map((line) => ({ id: undefined, record: { line } }));
}
