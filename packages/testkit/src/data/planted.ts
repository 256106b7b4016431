/** Records whose every text would change a request, if somebody put it into a path, a header or a body unescaped. */
import type { LogRecord, RecordOf, ResourceMetricsRecord, Signal, SpanRecord } from '@telemetryflow/otlp';
import { ITEM_ID } from './attributes.ts';
import { recordsOf } from './items.ts';
import { TEST_RESOURCE } from './resource.ts';

/** A way up a path, the end of a header or line, both encoded for a URL, and the end of a JSON, label or SQL text. */
export const PLANTED_TEXTS: readonly string[] = [
  '../planted',
  'planted\r\nx-planted: yes',
  '%2fplanted',
  '%0d%0ax-planted: yes',
  '"}],"planted":[{"',
  '\nplanted,a=b c="d" 1',
  'planted"} {',
];

/**
 * One item per planted text, which stands in all names and in every attribute of item, scope and resource: as value,
 * and without its two dots (in names some backends refuse those) as key. The id of the item alone is left.
 * @param attributes Further attributes that the exporter under test looks at, as those it takes an index from.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpHttp from '@telemetryflow/exporter-otlp-http';
 * import { fakeOtlp, plantedRecords, throughPipeline } from '@telemetryflow/testkit';
 *
 * const backend = await fakeOtlp();
 * const records = plantedRecords('logs', ['tenant.id']);
 * assert.equal(records[0]?.attributes['tenant.id'], '../planted');
 * await throughPipeline(otlpHttp, { endpoint: backend.url }, 'logs', records);
 * await backend.close();
 * assert.deepEqual([...new Set(backend.requests.map(({ path }) => path))], ['/v1/logs']);
 * ```
 */
export function plantedRecords<S extends Signal>(signal: S, attributes: readonly string[] = []): RecordOf[S][] {
  return PLANTED_TEXTS.flatMap((text, from) => {
    const keys = [...Object.keys(TEST_RESOURCE.attributes), ...attributes, text.replace('../', '')];
    const all = Object.fromEntries(keys.map((key) => [key, text]));
    const made = recordsOf(signal, 1, { variety: 'plain', from, resource: { attributes: all } });
    return made.map((record) => plant(record, text, all) as RecordOf[S]);
  });
}

function plant(
  record: RecordOf[Signal],
  text: string,
  planted: Readonly<Record<string, string>>,
): SpanRecord | LogRecord | ResourceMetricsRecord {
  const scope = { name: text, version: text, attributes: planted };
  const own = (item: { readonly attributes: object }): typeof planted => ({
    ...planted,
    [ITEM_ID]: String(Reflect.get(item.attributes, ITEM_ID)),
  });
  if ('scopeMetrics' in record) {
    const scopeMetrics = record.scopeMetrics.map(({ metrics }) => ({
      scope,
      metrics: metrics.map((metric) => ({
        ...metric,
        descriptor: { ...metric.descriptor, name: text, unit: text, description: text },
        dataPoints: metric.dataPoints.map((point) => ({ ...point, attributes: own(point) })),
      })),
    }));
    return { ...record, scopeMetrics } as ResourceMetricsRecord;
  }
  const item = { ...record, attributes: own(record), instrumentationScope: scope };
  return 'spanContext' in item && 'kind' in item
    ? ({ ...item, name: text, events: [], links: [] } as SpanRecord)
    : ({ ...item, body: text, eventName: text, severityText: text } as LogRecord);
}
