/**
 * JSON for a gateway of the user's own, in front of a product that takes no such data. No product of ManageEngine
 * knows this shape.
 */
import { TextBody } from '@telemetryflow/http';
import { type Batch, type EncodeContext, type Encoded, itemsOf, type Payload, Refusals } from '@telemetryflow/kernel';
import {
  type AttributeMap,
  DataPointType,
  dataPoints,
  hrTimeToWholeMillis,
  type LogRecord,
  logMillis,
  type PlacedPoint,
  type PlainJson,
  type ResourceRecord,
  severityText,
  toPlainJson,
  valueToText,
} from '@telemetryflow/otlp';
import { pointValue } from './point-value.ts';

const MAX_BYTES = 4_000_000;
const TURN = 64;

const TYPES: Readonly<Record<number, string>> = {
  [DataPointType.HISTOGRAM]: 'histogram',
  [DataPointType.EXPONENTIAL_HISTOGRAM]: 'histogram',
  [DataPointType.GAUGE]: 'gauge',
  [DataPointType.SUM]: 'sum',
};

/** Requests of at most 4 MB, filled with one text per item. */
class Requests {
  readonly #body: TextBody;
  #items: number[] = [];

  constructor(name: string) {
    this.#body = new TextBody({ open: `{"${name}":[`, separator: ',', close: ']}', maxBytes: MAX_BYTES });
  }

  /** Returns the request that had no room for it. */
  add(item: number, object: object): Payload<Buffer> | undefined {
    const text = JSON.stringify(object);
    let full: Payload<Buffer> | undefined;
    if (!this.#body.add(text)) {
      full = this.take();
      this.#body.add(text);
    }
    this.#items.push(item);
    return full;
  }

  take(): Payload<Buffer> | undefined {
    if (this.#items.length === 0) return undefined;
    const payload = { body: this.#body.take(), items: itemsOf(this.#items) };
    this.#items = [];
    return payload;
  }
}

export function* encodeGatewayLogs(batch: Batch<'logs'>, { now }: EncodeContext): Generator<Encoded<Buffer>> {
  const requests = new Requests('logs');
  let item = -1;
  for (const record of batch.records()) {
    item++;
    if (item % TURN === TURN - 1) yield;
    const full = requests.add(item, logOf(record, now));
    if (full !== undefined) yield full;
  }
  const last = requests.take();
  if (last !== undefined) yield last;
}

function logOf(record: LogRecord, now: number): object {
  const { resource, attributes, spanContext } = record;
  return {
    message: valueToText(record.body),
    log_level: severityText(record),
    source: valueToText(resource.attributes['service.name']),
    timestamp: logMillis(record, now),
    host: valueToText(resource.attributes['host.name']),
    attributes: {
      ...attributesOf(resource, attributes),
      ...(spanContext !== undefined && { trace_id: spanContext.traceId, span_id: spanContext.spanId }),
    },
  };
}

export function gatewayMetricsEncoder(monitorGroup: string) {
  return function* encode(batch: Batch<'metrics'>, { now }: EncodeContext): Generator<Encoded<Buffer>> {
    const requests = new Requests('metrics');
    const refusals = new Refusals();
    for (const placed of dataPoints(batch.records())) {
      const { item, metric, point } = placed;
      if (item % TURN === TURN - 1) yield;
      const value = pointValue(metric, point);
      if (value === undefined) {
        refusals.add('unsupported', 'no value, or one that is not finite', item);
        continue;
      }
      const full = requests.add(item, pointOf(placed, value, monitorGroup, now));
      if (full !== undefined) yield full;
    }
    const last = requests.take();
    if (last !== undefined) yield last;
    yield* refusals.end();
  };
}

function pointOf({ resource, metric, point }: PlacedPoint, value: number, monitorGroup: string, now: number): object {
  const { name, description, unit } = metric.descriptor;
  return {
    monitor_name: name,
    display_name: description || name,
    type: TYPES[metric.dataPointType] ?? 'summary',
    value,
    unit,
    timestamp: hrTimeToWholeMillis(point.endTime) || now,
    monitor_group: monitorGroup,
    attributes: attributesOf(resource, point.attributes),
  };
}

/** Those of the item win. */
function attributesOf(resource: ResourceRecord, own: AttributeMap): Readonly<Record<string, PlainJson>> {
  const all: Record<string, PlainJson> = Object.create(null);
  for (const attributes of [resource.attributes, own]) {
    for (const name in attributes) all[name] = toPlainJson(attributes[name]);
  }
  return all;
}
