/**
 * Log records to PutLogEvents requests: one group, stream and entity each, events in order of time, at most 10,000 of them,
 * 1 MiB, and 24 hours from the first to the last. Pure.
 */
import { TextBody } from '@telemetryflow/http';
import { type Batch, type EncodeContext, type Encoded, itemsOf, Refusals } from '@telemetryflow/kernel';
import { hrTimeIsZero, hrTimeToMillis, type LogRecord, type ResourceRecord } from '@telemetryflow/otlp';
import type { CloudwatchConfig } from './config.ts';
import { serviceEntity } from './entity.ts';
import { MessageWriter } from './log-message.ts';
import { type NameTemplate, nameTemplate } from './name-template.ts';

/** Most events of one request. */
export const MAX_EVENTS = 10_000;
const MAX_BYTES = 1_048_576;
/** What CloudWatch counts for an event besides its message. */
const EVENT_BYTES = 26;
const DAY_MS = 86_400_000;
const MARGIN_MS = 60_000;
/** Events must be younger than this; the minute is for the way. */
export const MAX_AGE_MS: number = 14 * DAY_MS - MARGIN_MS;
const MAX_AHEAD_MS = 2 * 3_600_000 - MARGIN_MS;
const YIELD_EVERY = 256;

/** One PutLogEvents request. */
export interface LogsBody {
  readonly kind: 'logs';
  readonly group: string;
  readonly stream: string;
  readonly json: Buffer;
  /** For each event in order, the item of the batch that it is. */
  readonly events: readonly number[];
  /** Events whose body was cut. */
  readonly truncated: number;
}

/** Encodes logs by a configuration. */
export type LogsEncoder = (batch: Batch<'logs'>, context: Pick<EncodeContext, 'now'>) => Generator<Encoded<LogsBody>>;

interface Event {
  readonly item: number;
  readonly ms: number;
  /** A JSON string. */
  readonly message: string;
  readonly bytes: number;
  readonly truncated: boolean;
}

interface Stream {
  readonly group: string;
  readonly stream: string;
  /** Its key attributes as JSON; empty: none. */
  readonly entity: string;
  readonly events: Event[];
  lastMs: number;
  inOrder: boolean;
}

/** `hostname` names the stream where the configuration names none. */
export function logsEncoder(config: CloudwatchConfig, hostname: string): LogsEncoder {
  const groupOf = nameTemplate(config.log_group);
  const streamOf = nameTemplate(config.log_stream === '' ? hostname.replaceAll(/[:*]/g, '_') : config.log_stream);
  const entityOf: NameTemplate = config.entity ? serviceEntity : () => '';
  const text = new TextBody({ open: '', separator: '', close: ']}', maxBytes: Number.POSITIVE_INFINITY });

  return function* encode(batch, { now }) {
    const writer = new MessageWriter(config.log_format);
    const streams = new Streams(groupOf, streamOf, entityOf);
    const refusals = new Refusals();
    for (const [item, record] of batch.records().entries()) {
      if (item % YIELD_EVERY === YIELD_EVERY - 1) yield;
      const ms = timeOf(record, now);
      if (ms < now - MAX_AGE_MS) {
        refusals.add('too_old', 'older than 14 days', item);
        continue;
      }
      if (ms > now + MAX_AHEAD_MS) {
        refusals.add('invalid', 'more than two hours ahead of now', item);
        continue;
      }
      const message = writer.write(record);
      if (message === undefined) refusals.add('too_large', 'attributes alone exceed 1 MiB', item);
      else
        streams.add(record.resource, {
          item,
          ms,
          message: message.json,
          bytes: message.bytes + EVENT_BYTES,
          truncated: message.truncated,
        });
    }
    for (const stream of streams.all()) yield* requestsOf(text, stream);
    yield* refusals.end();
  };
}

function timeOf(record: LogRecord, now: number): number {
  if (!hrTimeIsZero(record.hrTime)) return Math.floor(hrTimeToMillis(record.hrTime));
  return hrTimeIsZero(record.hrTimeObserved) ? now : Math.floor(hrTimeToMillis(record.hrTimeObserved));
}

/** Events by group, stream and entity; the names are worked out once per resource. */
class Streams {
  readonly #groupOf: NameTemplate;
  readonly #streamOf: NameTemplate;
  readonly #entityOf: NameTemplate;
  readonly #byResource = new Map<ResourceRecord, Stream>();
  readonly #byName = new Map<string, Stream>();

  constructor(groupOf: NameTemplate, streamOf: NameTemplate, entityOf: NameTemplate) {
    this.#groupOf = groupOf;
    this.#streamOf = streamOf;
    this.#entityOf = entityOf;
  }

  add(resource: ResourceRecord, event: Event): void {
    const stream = this.#byResource.get(resource) ?? this.#find(resource);
    if (event.ms < stream.lastMs) stream.inOrder = false;
    stream.lastMs = event.ms;
    stream.events.push(event);
  }

  all(): Iterable<Stream> {
    return this.#byName.values();
  }

  #find(resource: ResourceRecord): Stream {
    const group = this.#groupOf(resource.attributes);
    const stream = this.#streamOf(resource.attributes);
    const entity = this.#entityOf(resource.attributes);
    // Neither name can hold a colon.
    const name = `${group}:${stream}:${entity}`;
    const found = this.#byName.get(name) ?? { group, stream, entity, events: [], lastMs: -Infinity, inOrder: true };
    this.#byName.set(name, found);
    this.#byResource.set(resource, found);
    return found;
  }
}

function* requestsOf(text: TextBody, stream: Stream): Generator<Encoded<LogsBody>> {
  // Sorting is stable: records of one millisecond keep their order.
  if (!stream.inOrder) stream.events.sort((a, b) => a.ms - b.ms);
  const { events } = stream;
  let from = 0;
  let bytes = 0;
  for (const [at, event] of events.entries()) {
    const firstMs = events[from]?.ms ?? event.ms;
    if (at > from && (bytes + event.bytes > MAX_BYTES || at - from === MAX_EVENTS || event.ms - firstMs > DAY_MS)) {
      yield request(text, stream, events.slice(from, at));
      from = at;
      bytes = 0;
    }
    bytes += event.bytes;
  }
  if (from < events.length) yield request(text, stream, events.slice(from));
}

function request(text: TextBody, to: Stream, events: readonly Event[]): Encoded<LogsBody> {
  const { group, stream, entity, inOrder } = to;
  text.add(`{"logGroupName":${JSON.stringify(group)},"logStreamName":${JSON.stringify(stream)}`);
  if (entity !== '') text.add(`,"entity":{"keyAttributes":${entity}}`);
  text.add(',"logEvents":[');
  let separator = '';
  let truncated = 0;
  const order: number[] = [];
  for (const event of events) {
    text.add(`${separator}{"timestamp":${event.ms},"message":${event.message}}`);
    separator = ',';
    order.push(event.item);
    if (event.truncated) truncated++;
  }
  const body: LogsBody = { kind: 'logs', group, stream, json: text.take(), events: order, truncated };
  const items = itemsOf(inOrder ? order : [...order].sort((a, b) => a - b));
  return { body, items, oldestMs: events[0]?.ms ?? 0 };
}
