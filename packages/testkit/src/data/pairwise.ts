/**
 * Pairwise covering: every pair of values of every two parameters occurs in at least one row. Most encoder bugs
 * need two properties to meet; all combinations would be thousands of rows, all pairs are dozens.
 */
import {
  DataPointType,
  type LogRecord,
  type MetricRecord,
  type ResourceMetricsRecord,
  type SpanRecord,
} from '@telemetryflow/otlp';
import { ALL_VALUE_TYPES, ITEM_ID, NON_FINITE, ODD_STRINGS } from './attributes.ts';
import { logs } from './logs.ts';
import { METRIC_KINDS, metrics } from './metrics.ts';
import type { DataOptions } from './resource.ts';
import { spans } from './spans.ts';

/** Parameters by name, each with its values. */
export type Parameters = Readonly<Record<string, readonly string[]>>;
/** One value per parameter. */
export type Row = Readonly<Record<string, string>>;

/**
 * Rows that cover all pairs; greedy, so close to the least number, and the same on every run.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type Parameters, pairwise, type Row } from '@telemetryflow/testkit';
 *
 * const parameters: Parameters = { method: ['GET', 'POST'], gzip: ['on', 'off'], tls: ['on', 'off'] };
 * const rows: Row[] = pairwise(parameters);
 * assert.equal(rows.length, 4); // of 8 combinations
 * const pairs = new Set(rows.map((row) => `${row['gzip']} ${row['tls']}`));
 * assert.equal(pairs.size, 4);
 * ```
 */
export function pairwise(parameters: Parameters): Row[] {
  const names = Object.keys(parameters);
  const open = new Set<string>();
  for (let a = 0; a < names.length; a++) {
    for (let b = a + 1; b < names.length; b++) {
      for (const x of parameters[names[a] ?? ''] ?? []) {
        for (const y of parameters[names[b] ?? ''] ?? []) open.add(pairKey(names[a] ?? '', x, names[b] ?? '', y));
      }
    }
  }
  const rows: Row[] = [];
  while (open.size > 0) {
    const row: Record<string, string> = {};
    for (const [name, value] of parsePair(open)) row[name] = value;
    for (const name of names) {
      if (row[name] !== undefined) continue;
      row[name] = best(name, parameters[name] ?? [], row, names, open);
    }
    for (const [a, b] of pairsOf(names)) open.delete(pairKey(a, row[a] ?? '', b, row[b] ?? ''));
    rows.push(row);
  }
  return rows;
}

function best(
  name: string,
  values: readonly string[],
  row: Readonly<Record<string, string>>,
  names: readonly string[],
  open: ReadonlySet<string>,
): string {
  let chosen = values[0] ?? '';
  let most = -1;
  for (const value of values) {
    let covered = 0;
    for (const other of names) {
      const set = row[other];
      if (set === undefined || other === name) continue;
      const first = names.indexOf(name) < names.indexOf(other);
      if (open.has(first ? pairKey(name, value, other, set) : pairKey(other, set, name, value))) covered++;
    }
    if (covered > most) {
      most = covered;
      chosen = value;
    }
  }
  return chosen;
}

function pairKey(a: string, x: string, b: string, y: string): string {
  return JSON.stringify([a, x, b, y]);
}

function parsePair(open: ReadonlySet<string>): [string, string][] {
  for (const key of open) {
    const [a, x, b, y] = JSON.parse(key) as [string, string, string, string];
    return [
      [a, x],
      [b, y],
    ];
  }
  return [];
}

function* pairsOf(names: readonly string[]): Generator<[string, string]> {
  for (let a = 0; a < names.length; a++) {
    for (let b = a + 1; b < names.length; b++) yield [names[a] ?? '', names[b] ?? ''];
  }
}

/**
 * The parameters of {@link corpus}.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { CORPUS_PARAMETERS, corpus } from '@telemetryflow/testkit';
 *
 * const { metric = [], temporality = [] } = CORPUS_PARAMETERS;
 * const pairs = new Set(corpus().rows.map((row) => `${row['metric']} ${row['temporality']}`));
 * assert.equal(pairs.size, metric.length * temporality.length);
 * ```
 */
export const CORPUS_PARAMETERS: Parameters = {
  value: [
    ...Object.keys(ALL_VALUE_TYPES),
    ...NON_FINITE.map((_, i) => `non_finite_${i}`),
    ...ODD_STRINGS.map((_, i) => `odd_${i}`),
  ],
  metric: METRIC_KINDS,
  temporality: ['cumulative', 'delta'],
  status: ['unset', 'ok', 'error', 'error with message'],
  link: ['none', 'one', 'two'],
  event: ['none', 'one', 'exception'],
};

/** One record per signal and row of the pairwise table, with the row's number as item id. */
export interface Corpus {
  readonly rows: readonly Row[];
  readonly traces: readonly SpanRecord[];
  readonly logs: readonly LogRecord[];
  readonly metrics: readonly ResourceMetricsRecord[];
}

/**
 * All pairs of value kind, metric kind, temporality, status, links and events; at `startMs`, as all made data.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpHttp from '@telemetryflow/exporter-otlp-http';
 * import { type Corpus, corpus, fakeOtlp, itemIds, throughPipeline } from '@telemetryflow/testkit';
 *
 * const backend = await fakeOtlp();
 * const made: Corpus = corpus();
 * await throughPipeline(otlpHttp, { endpoint: backend.url }, 'traces', made.traces);
 * await backend.close();
 * assert.deepEqual(backend.items.traces, itemIds(made.traces));
 * ```
 */
export function corpus(options: Pick<DataOptions, 'startMs'> = {}): Corpus {
  const rows = pairwise(CORPUS_PARAMETERS);
  return {
    rows,
    traces: rows.map((row, index) => spanOf(row, index, options)),
    logs: rows.map((row, index) => {
      const [base] = logs(1, { ...options, variety: 'plain', from: index });
      const value = attributeValue(row);
      return { ...(base as LogRecord), body: value, attributes: { [ITEM_ID]: `item-${index}`, value } };
    }),
    metrics: rows.map((row, index) => metricOf(row, index, options)),
  };
}

function attributeValue(row: Row): LogRecord['body'] {
  const kind = row['value'] ?? '';
  const [, family, at] = /^(non_finite|odd)_(\d+)$/.exec(kind) ?? [];
  if (family === 'non_finite') return NON_FINITE[Number(at)];
  if (family === 'odd') return ODD_STRINGS[Number(at)];
  return ALL_VALUE_TYPES[kind];
}

function spanOf(row: Row, index: number, options: DataOptions): SpanRecord {
  const [base] = spans(1, { ...options, variety: 'plain', from: index }) as [SpanRecord];
  const attributes = { [ITEM_ID]: `item-${index}`, value: attributeValue(row) };
  const status = row['status'] ?? '';
  const code = ['unset', 'ok', 'error'].indexOf(status.split(' ')[0] ?? '');
  const link = { context: base.spanContext(), attributes };
  const event = { time: base.startTime, name: row['event'] === 'exception' ? 'exception' : 'event', attributes };
  return {
    ...base,
    attributes,
    status: status.endsWith('message') ? { code, message: 'failed "badly"\n' } : { code },
    links: row['link'] === 'two' ? [link, link] : row['link'] === 'one' ? [link] : [],
    events: row['event'] === 'none' ? [] : [event],
  };
}

function metricOf(row: Row, index: number, options: DataOptions): ResourceMetricsRecord {
  const kind = METRIC_KINDS.find((name) => name === row['metric']) ?? 'gauge';
  const temporality = row['temporality'] === 'delta' ? 'delta' : 'cumulative';
  const [made] = metrics(1, { ...options, variety: 'plain', from: index, kinds: [kind], temporality }) as [
    ResourceMetricsRecord,
  ];
  const value = attributeValue(row);
  const attributes = { [ITEM_ID]: `item-${index}`, value };
  return {
    ...made,
    scopeMetrics: made.scopeMetrics.map((scope) => ({
      ...scope,
      metrics: scope.metrics.map((metric) => withPoint(metric, attributes, value)),
    })),
  };
}

function withPoint(metric: MetricRecord, attributes: LogRecord['attributes'], value: LogRecord['body']): MetricRecord {
  const numeric = typeof value === 'number' || typeof value === 'bigint' ? value : undefined;
  switch (metric.dataPointType) {
    case DataPointType.GAUGE:
    case DataPointType.SUM: {
      const points = metric.dataPoints.map((point) => ({ ...point, attributes, value: numeric ?? point.value }));
      return { ...metric, dataPoints: points };
    }
    case DataPointType.HISTOGRAM:
      return { ...metric, dataPoints: metric.dataPoints.map((point) => ({ ...point, attributes })) };
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      return { ...metric, dataPoints: metric.dataPoints.map((point) => ({ ...point, attributes })) };
    case DataPointType.SUMMARY:
      return { ...metric, dataPoints: metric.dataPoints.map((point) => ({ ...point, attributes })) };
  }
}
