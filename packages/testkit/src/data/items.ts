/** Which items a set of records holds, in the order of the batch. */
import type { AttributeMap, RecordOf, Signal } from '@telemetryflow/otlp';
import { ITEM_ID } from './attributes.ts';
import { logs } from './logs.ts';
import { type MetricOptions, metrics } from './metrics.ts';
import { spans } from './spans.ts';

/**
 * Records of a signal, by the data maker of that signal.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpHttp from '@telemetryflow/exporter-otlp-http';
 * import { fakeOtlp, recordsOf, throughPipeline } from '@telemetryflow/testkit';
 *
 * const backend = await fakeOtlp();
 * for (const signal of ['traces', 'metrics', 'logs'] as const) {
 *   await throughPipeline(otlpHttp, { endpoint: backend.url }, signal, recordsOf(signal, 3));
 *   assert.equal(backend.items[signal].length, 3);
 * }
 * await backend.close();
 * ```
 */
export function recordsOf<S extends Signal>(signal: S, n: number, options?: MetricOptions): RecordOf[S][];
export function recordsOf(signal: Signal, n: number, options: MetricOptions = {}): RecordOf[Signal][] {
  switch (signal) {
    case 'traces':
      return spans(n, options);
    case 'logs':
      return logs(n, options);
    case 'metrics':
      return metrics(n, options);
  }
}

/**
 * The attributes of every item: spans, log records, or data points in order.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { itemAttributes, spans } from '@telemetryflow/testkit';
 *
 * const all = [...itemAttributes(spans(2, { variety: 'plain' }))];
 * assert.deepEqual(
 *   all.map((each) => each['http.request.method']),
 *   ['GET', 'POST'],
 * );
 * ```
 */
export function* itemAttributes(records: readonly RecordOf[Signal][]): Generator<AttributeMap> {
  for (const record of records) {
    if (!('scopeMetrics' in record)) {
      yield record.attributes;
      continue;
    }
    for (const scope of record.scopeMetrics) {
      for (const metric of scope.metrics) for (const point of metric.dataPoints) yield point.attributes;
    }
  }
}

/**
 * The {@link ITEM_ID} of every item, in the order of the batch.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { itemIds, logs, metrics } from '@telemetryflow/testkit';
 *
 * assert.deepEqual(itemIds(logs(2)), ['item-0', 'item-1']);
 * assert.deepEqual(itemIds(metrics(1, { from: 5 })), ['item-5']);
 * ```
 */
export function itemIds(records: readonly RecordOf[Signal][]): string[] {
  const ids: string[] = [];
  for (const attributes of itemAttributes(records)) ids.push(String(attributes[ITEM_ID]));
  return ids;
}
