/** What a request says, judged by protobufjs: equal for requests that differ in encoding only. */
import type { Signal } from '@telemetryflow/otlp';
import { decodeWithDefaults, type Plain } from './wire/oracle.ts';

const GROUPS = {
  traces: ['resourceSpans', 'scopeSpans', 'spans'],
  metrics: ['resourceMetrics', 'scopeMetrics', 'metrics'],
  logs: ['resourceLogs', 'scopeLogs', 'logRecords'],
} as const;

const list = (value: unknown): Plain[] => (value as Plain[] | undefined) ?? [];

/** Last of equal keys, sorted: maps have no order, and no key twice. */
function normalized(value: unknown): unknown {
  // An id of zeros means the same as none.
  if (value instanceof Uint8Array)
    return Buffer.from(value)
      .toString('hex')
      .replace(/^(0{16}|0{32})$/, '');
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const entries = value.map(normalized);
    if (!value.every((entry) => typeof entry === 'object' && entry !== null && 'key' in entry)) return entries;
    const byKey = new Map(entries.map((entry) => [(entry as Plain)['key'], entry]));
    return [...byKey.values()].sort((a, b) => (String((a as Plain)['key']) < String((b as Plain)['key']) ? -1 : 1));
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, normalized(item)]));
}

/** The items of a request, each with all that its envelopes say; metrics keep their envelopes. */
export function meaning(signal: Signal, bytes: Uint8Array): unknown {
  const [outer, inner, leaf] = GROUPS[signal];
  const request = decodeWithDefaults(signal, bytes);
  const noResource = { attributes: [], droppedAttributesCount: 0, entityRefs: [] };
  const noScope = { name: '', version: '', attributes: [], droppedAttributesCount: 0 };
  const found = list(request[outer]).flatMap((group) =>
    list(group[inner]).flatMap((scoped) =>
      list(scoped[leaf]).map((item) => ({
        resource: group['resource'] ?? noResource,
        resourceSchemaUrl: group['schemaUrl'],
        scope: scoped['scope'] ?? noScope,
        scopeSchemaUrl: scoped['schemaUrl'],
        item: plainItem(item),
      })),
    ),
  );
  return normalized(found);
}

/** An item without the differences that mean nothing: a status or buckets that are absent or empty. */
function plainItem(item: Plain): Plain {
  const { status, ...rest } = item;
  const histogram = rest['exponentialHistogram'] as Plain | undefined;
  for (const point of list(histogram?.['dataPoints'])) {
    point['positive'] ??= { offset: 0, bucketCounts: [] };
    point['negative'] ??= { offset: 0, bucketCounts: [] };
  }
  return { ...rest, status: status ?? { message: '', code: 0 } };
}
