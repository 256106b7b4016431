/** Items as people write them in tests, to and from OTLP/JSON requests. */
import type { Signal } from '@telemetryflow/otlp';

/** One span, data point or log record, flat: resource and attributes are plain maps. */
export type PlainItem = Readonly<Record<string, unknown>>;

/** By signal; `otlp` holds whole OTLP/JSON requests, for what the flat form cannot say. */
export interface PlainItems {
  readonly logs?: readonly PlainItem[];
  readonly spans?: readonly PlainItem[];
  readonly metrics?: readonly PlainItem[];
  readonly otlp?: readonly Readonly<Record<string, unknown>>[];
}

type Json = Record<string, unknown>;

const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];
const STATUSES = ['unset', 'ok', 'error'];
const SEVERITIES = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
const REQUESTS: Readonly<Record<string, Signal>> = {
  resourceSpans: 'traces',
  resourceMetrics: 'metrics',
  resourceLogs: 'logs',
};

/** The requests that carry these items, each item in one of its own so that resources keep apart. */
export function requestsOf(
  items: PlainItems,
  nowMs: number,
): readonly { readonly signal: Signal; readonly json: string }[] {
  const time = nanos(nowMs);
  return [
    ...(items.spans ?? []).map((span) => request('resourceSpans', 'scopeSpans', 'spans', span, spanOf(span, nowMs))),
    ...(items.metrics ?? []).map((metric) =>
      request('resourceMetrics', 'scopeMetrics', 'metrics', metric, metricOf(metric, time)),
    ),
    ...(items.logs ?? []).map((log) => request('resourceLogs', 'scopeLogs', 'logRecords', log, logOf(log, time))),
    ...(items.otlp ?? []).map((body) => {
      const signal = REQUESTS[Object.keys(body)[0] ?? ''] ?? 'logs';
      return { signal, json: JSON.stringify(body) };
    }),
  ];
}

function request(outer: string, middle: string, inner: string, { resource, scope }: PlainItem, item: Json) {
  const attributes = keyValues(resource);
  const body = {
    [outer]: [{ resource: { attributes }, [middle]: [{ scope: { name: scope ?? '' }, [inner]: [item] }] }],
  };
  return { signal: REQUESTS[outer] as Signal, json: JSON.stringify(body) };
}

function spanOf(span: PlainItem, nowMs: number): Json {
  const start = nanos(millisOf(span['start'], nowMs));
  const duration = BigInt(Math.round(Number(span['duration_ms'] ?? 0) * 1e6));
  return {
    traceId: span['trace_id'] ?? '0af7651916cd43dd8448eb211c80319c',
    spanId: span['span_id'] ?? 'b7ad6b7169203331',
    parentSpanId: span['parent_span_id'] ?? '',
    name: span['name'] ?? '',
    kind: Math.max(KINDS.indexOf(String(span['kind'] ?? 'internal')), 0),
    startTimeUnixNano: start,
    endTimeUnixNano: String(BigInt(start) + duration),
    attributes: keyValues(span['attributes']),
    status: {
      code: Math.max(STATUSES.indexOf(String(span['status'] ?? 'unset')), 0),
      message: span['status_message'] ?? '',
    },
  };
}

function metricOf(metric: PlainItem, time: string): Json {
  const { name, unit = '', type = 'gauge', value, temporality = 'cumulative', monotonic = true } = metric;
  const number = Number.isInteger(value) ? { asInt: String(value) } : { asDouble: value };
  const dataPoints = [
    {
      timeUnixNano: time,
      startTimeUnixNano: String(BigInt(time) - 60_000_000_000n),
      attributes: keyValues(metric['attributes']),
      ...number,
    },
  ];
  const sum = { dataPoints, aggregationTemporality: temporality === 'delta' ? 1 : 2, isMonotonic: monotonic };
  return { name, unit, ...(type === 'sum' ? { sum } : { gauge: { dataPoints } }) };
}

function logOf(log: PlainItem, time: string): Json {
  const severity = String(log['severity'] ?? '');
  const known = SEVERITIES.indexOf(severity.toUpperCase());
  const at = log['time'] === undefined ? time : nanos(millisOf(log['time'], 0));
  return {
    timeUnixNano: at,
    observedTimeUnixNano: at,
    severityText: severity,
    severityNumber: log['severity_number'] ?? (known < 0 ? 0 : known * 4 + 1),
    body: anyValue(log['body']),
    attributes: keyValues(log['attributes']),
    eventName: log['event_name'] ?? '',
    traceId: log['trace_id'] ?? '',
    spanId: log['span_id'] ?? '',
  };
}

/** The items of an OTLP/JSON request in the flat form, everything named that is set. */
export function plainItems(json: string): readonly PlainItem[] {
  const body = JSON.parse(json) as Json;
  return lists(body, ['resourceSpans', 'resourceMetrics', 'resourceLogs']).flatMap((group) => {
    const resource = mapOf((group['resource'] as Json | undefined)?.['attributes']);
    return lists(group, ['scopeSpans', 'scopeMetrics', 'scopeLogs']).flatMap((scoped) => {
      const scope = (scoped['scope'] as Json | undefined)?.['name'] ?? '';
      return [
        ...lists(scoped, ['spans']).map((span) => ({ ...plainSpan(span), resource, scope })),
        ...lists(scoped, ['metrics']).flatMap((metric) =>
          plainPoints(metric).map((point) => ({ ...point, resource, scope })),
        ),
        ...lists(scoped, ['logRecords']).map((log) => ({ ...plainLog(log), resource, scope })),
      ];
    });
  });
}

function plainSpan(span: Json): PlainItem {
  const { code, message } = (span['status'] ?? {}) as Json;
  const [start, end] = [BigInt(String(span['startTimeUnixNano'] ?? 0)), BigInt(String(span['endTimeUnixNano'] ?? 0))];
  return {
    name: span['name'],
    kind: KINDS[Number(span['kind'] ?? 0)],
    trace_id: span['traceId'],
    span_id: span['spanId'],
    parent_span_id: span['parentSpanId'] ?? '',
    start: timeOf(start),
    duration_ms: Number(end - start) / 1e6,
    status: STATUSES[Number(code ?? 0)],
    status_message: message ?? '',
    attributes: mapOf(span['attributes']),
  };
}

function plainPoints(metric: Json): readonly PlainItem[] {
  const kind =
    ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'].find((each) => each in metric) ?? 'gauge';
  const data = metric[kind] as Json;
  return lists(data, ['dataPoints']).map((point) => ({
    name: metric['name'],
    unit: metric['unit'] ?? '',
    type: kind,
    ...(data['aggregationTemporality'] !== undefined && {
      temporality: data['aggregationTemporality'] === 1 ? 'delta' : 'cumulative',
    }),
    ...(kind === 'sum' && { monotonic: data['isMonotonic'] === true }),
    ...(kind === 'gauge' || kind === 'sum'
      ? { value: point['asInt'] === undefined ? point['asDouble'] : Number(point['asInt']) }
      : { count: Number(point['count'] ?? 0), sum: point['sum'] }),
    time: timeOf(BigInt(String(point['timeUnixNano'] ?? 0))),
    attributes: mapOf(point['attributes']),
  }));
}

function plainLog(log: Json): PlainItem {
  return {
    body: plainValue(log['body'] as Json | undefined),
    severity: log['severityText'] ?? '',
    severity_number: log['severityNumber'] ?? 0,
    time: timeOf(BigInt(String(log['timeUnixNano'] ?? 0))),
    event_name: log['eventName'] ?? '',
    trace_id: log['traceId'] ?? '',
    span_id: log['spanId'] ?? '',
    attributes: mapOf(log['attributes']),
  };
}

function lists(from: Json, keys: readonly string[]): Json[] {
  return keys.flatMap((key) => (from[key] as Json[] | undefined) ?? []);
}

function keyValues(map: unknown): Json[] {
  return Object.entries((map ?? {}) as Json).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: unknown): Json {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  return typeof value === 'object' && value !== null ? { kvlistValue: { values: keyValues(value) } } : {};
}

function mapOf(attributes: unknown): Json {
  const entries = ((attributes ?? []) as { key: string; value?: Json }[]).map(({ key, value }) => [
    key,
    plainValue(value),
  ]);
  return Object.fromEntries(entries) as Json;
}

function plainValue(value: Json | undefined): unknown {
  const [kind, held] = Object.entries(value ?? {})[0] ?? [];
  if (kind === 'intValue') return Number(held);
  if (kind === 'arrayValue') return lists(held as Json, ['values']).map(plainValue);
  if (kind === 'kvlistValue') return mapOf((held as Json)['values']);
  return held ?? null;
}

function nanos(ms: number): string {
  return String(BigInt(Math.round(ms)) * 1_000_000n);
}

function millisOf(written: unknown, otherwise: number): number {
  const ms = written === undefined ? otherwise : Date.parse(String(written));
  return Number.isNaN(ms) ? otherwise : ms;
}

function timeOf(nanoseconds: bigint): string {
  return new Date(Number(nanoseconds / 1_000_000n)).toISOString();
}
