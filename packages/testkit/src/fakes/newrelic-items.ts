/**
 * What New Relic checks of the items in a JSON request, after it has answered 202. What it finds it reports as
 * NrIntegrationError events of the account, and drops.
 */

/** An item as it would be stored: with the attributes of its common block. */
export interface NewrelicItem {
  readonly kind: 'metrics' | 'logs' | 'spans';
  /** `name`, `value`, `timestamp` and so on, as sent. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
}

type Json = Readonly<Record<string, unknown>>;

const KINDS = { '/metric/v1': 'metrics', '/log/v1': 'logs', '/trace/v1': 'spans' } as const;

/** The kind of items that an API takes; `undefined` for any other path. */
export function newrelicKind(path: string): NewrelicItem['kind'] | undefined {
  return Object.hasOwn(KINDS, path) ? KINDS[path as keyof typeof KINDS] : undefined;
}

const HOUR_MS = 3_600_000;
const ENTITY = ['entity.guid', 'entity.name', 'entity.type'];
const FORBIDDEN: { readonly [K in NewrelicItem['kind']]: readonly string[] } = {
  metrics: [
    ...ENTITY,
    ...['interval.ms', 'timestamp', 'value', 'common', 'min', 'max', 'count', 'sum', 'metrics'],
    ...['newrelic.source', 'metricName', 'endTimestamp', 'accountId', 'appId', 'eventType'],
  ],
  logs: [...ENTITY, 'accountId', 'eventType', 'log', 'LOG', 'MESSAGE'],
  spans: [...ENTITY, 'entityGuid', 'guid'],
};
const FIELDS: { readonly [K in NewrelicItem['kind']]: readonly string[] } = {
  metrics: ['name', 'type', 'value', 'timestamp', 'interval.ms', 'attributes'],
  logs: ['timestamp', 'message', 'attributes'],
  spans: ['id', 'trace.id', 'timestamp', 'attributes'],
};
const MAX_ATTRIBUTES = { metrics: 150, logs: 255, spans: Number.POSITIVE_INFINITY };
const MAX_VALUE = { metrics: 4096, logs: Number.POSITIVE_INFINITY, spans: 4096 };

/**
 * The items of a request body. Throws a sentence about what the service would refuse, or drop without a word.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { FAKE_EPOCH, type NewrelicItem, readNewrelicItems } from '@telemetryflow/testkit';
 *
 * const common = { attributes: { 'service.name': 'shop' } };
 * const body = (timestamp: number) => JSON.stringify([{ common, logs: [{ timestamp, message: 'paid' }] }]);
 * const [item]: NewrelicItem[] = readNewrelicItems('logs', body(FAKE_EPOCH), FAKE_EPOCH);
 * assert.deepEqual([item?.fields['message'], item?.attributes], ['paid', { 'service.name': 'shop' }]);
 * assert.throws(() => readNewrelicItems('logs', body(1), FAKE_EPOCH), /is not in milliseconds/);
 * ```
 */
export function readNewrelicItems(kind: NewrelicItem['kind'], body: string, nowMs: number): NewrelicItem[] {
  const blocks: unknown = JSON.parse(body);
  must(Array.isArray(blocks) && blocks.length > 0, 'the body is no array of blocks');
  return (blocks as unknown[]).flatMap((block) => {
    must(isMap(block) && Array.isArray(block[kind]), `a block has no list of ${kind}`);
    const { common = {} } = block as { common?: unknown };
    must(isMap(common), 'common is no object');
    const shared = attributesOf(kind, (common as Json)['attributes'] ?? {});
    return ((block as Json)[kind] as unknown[]).map((item) => readItem(kind, item, shared, nowMs));
  });
}

function readItem(
  kind: NewrelicItem['kind'],
  item: unknown,
  shared: NewrelicItem['attributes'],
  nowMs: number,
): NewrelicItem {
  must(isMap(item), `an item of ${kind} is no object`);
  const { attributes: own = {}, ...fields } = item as Json;
  for (const name of Object.keys(item as Json)) must(FIELDS[kind].includes(name), `${name} is no field of ${kind}`);
  const attributes = { ...shared, ...attributesOf(kind, own) };
  const names = Object.keys(attributes);
  must(names.length <= MAX_ATTRIBUTES[kind], `${names.length} attributes are too many for ${kind}`);
  must(Number.isInteger(fields['timestamp']), `the timestamp ${fields['timestamp']} is no integer`);
  must(Number(fields['timestamp']) > 1e12, `the timestamp ${fields['timestamp']} is not in milliseconds`);
  if (kind === 'metrics') checkMetric(fields, names, nowMs);
  if (kind === 'logs') must(typeof fields['message'] === 'string', 'a log without a message');
  if (kind === 'spans') checkSpan(fields, attributes);
  return { kind, fields, attributes };
}

function checkMetric(fields: Json, names: readonly string[], nowMs: number): void {
  const { name, type = 'gauge', value, timestamp } = fields;
  must(typeof name === 'string' && name !== '' && name.length <= 254, `"${name}" is no name for a metric`);
  must(!names.includes(String(name)), `the attribute ${name} has the name of its metric`);
  must(Number(timestamp) >= nowMs - 48 * HOUR_MS, 'a metric older than 48 hours');
  must(Number(timestamp) <= nowMs + 24 * HOUR_MS, 'a metric more than 24 hours ahead');
  if (type === 'gauge') {
    must(typeof value === 'number', 'a gauge without a number');
    return;
  }
  const interval = fields['interval.ms'];
  must(Number.isInteger(interval) && Number(interval) >= 1, `the interval.ms ${interval} of a ${type}`);
  if (type === 'count') {
    must(typeof value === 'number' && value >= 0, `the count ${value}`);
    return;
  }
  must(type === 'summary', `"${type}" is no type of a metric`);
  must(isMap(value), 'a summary without an object');
  const { count, sum, min, max, ...rest } = value as Json;
  must(
    [count, sum, min, max].every((each) => typeof each === 'number'),
    'a summary lacks count, sum, min or max',
  );
  must(Number(count) > 0 && Number(min) <= Number(max), 'a summary of nothing, or with min above max');
  must(Object.keys(rest).length === 0, 'a summary with unknown members');
}

function checkSpan(fields: Json, attributes: NewrelicItem['attributes']): void {
  must(/^[0-9a-f]{16}$/.test(String(fields['id'])), 'a span without an id');
  must(/^[0-9a-f]{32}$/.test(String(fields['trace.id'])), 'a span without a trace.id');
  must(typeof attributes['name'] === 'string', 'a span without a name');
  must(typeof attributes['duration.ms'] === 'number', 'a span without a duration');
}

function attributesOf(kind: NewrelicItem['kind'], attributes: unknown): NewrelicItem['attributes'] {
  must(isMap(attributes), 'attributes are no object');
  for (const [name, value] of Object.entries(attributes as Json)) {
    must(name !== '' && name.length <= 255, 'the name of an attribute is empty or longer than 255 characters');
    must(!FORBIDDEN[kind].includes(name), `the attribute ${name} is forbidden`);
    must(['string', 'number', 'boolean'].includes(typeof value), `the attribute ${name} is no simple value`);
    must(typeof value !== 'string' || value.length <= MAX_VALUE[kind], `the attribute ${name} is too long`);
  }
  return attributes as NewrelicItem['attributes'];
}

function isMap(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function must(condition: boolean, otherwise: string): void {
  if (!condition) throw new Error(`${otherwise}.`);
}
