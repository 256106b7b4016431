/**
 * The OTLP receiver of a strict Prometheus: what 3.14 refuses, with its texts, and besides what it loses in silence.
 * It makes names without units, and labels of ASCII letters and digits.
 */
import {
  type AttributeMap,
  DataPointType,
  decode,
  decodeJson,
  type MetricRecord,
  type ResourceRecord,
  validate,
  valueToText,
} from '@telemetryflow/otlp';
import type { Answer } from '../backend/answer.ts';
import type { RecordedRequest } from '../backend/request.ts';
import { FAKE_EPOCH } from '../clock.ts';
import type { PrometheusHead, PrometheusRules, StoredSample } from './prometheus.ts';

const PATH = '/api/v1/otlp/v1/metrics';
const PROTOBUF = 'application/x-protobuf';
const JSON_TYPE = 'application/json';
const IDENTIFYING: ReadonlySet<string> = new Set(['service.name', 'service.namespace', 'service.instance.id']);

type Labels = Readonly<Record<string, string>>;

class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * What Prometheus answers to an OTLP request. What it takes goes into the head, all of it or nothing.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import prometheus from '@telemetryflow/exporter-prometheus';
 * import { judgePrometheusOtlp, metrics, PrometheusHead, startBackend, throughPipeline } from '@telemetryflow/testkit';
 *
 * const head = new PrometheusHead();
 * const backend = await startBackend((request) => judgePrometheusOtlp(request, { now: Date.now }, head));
 * const block = { endpoint: backend.url, protocol: 'otlp' };
 * await throughPipeline(prometheus, block, 'metrics', metrics(1, { variety: 'plain', startMs: Date.now() }));
 * await backend.close();
 * assert.ok(head.samples.some(({ labels }) => labels['__name__'] === 'test_gauge_int'));
 * ```
 */
export function judgePrometheusOtlp(request: RecordedRequest, rules: PrometheusRules, head: PrometheusHead): Answer {
  try {
    checkRequest(request, rules);
    const samples = read(request);
    checkSeries(samples);
    const now = rules.now?.() ?? FAKE_EPOCH;
    for (const sample of samples) {
      const problem = sample.ms === 0 ? 'out of bounds' : head.problem(keyOf(sample), sample, now);
      if (problem !== undefined) throw new Refusal(400, problem);
    }
    for (const sample of samples) head.append(keyOf(sample), sample);
    return { status: 200 };
  } catch (error) {
    const status = error instanceof Refusal ? error.status : 400;
    return { status, body: `${error instanceof Error ? error.message : error}\n` };
  }
}

function checkRequest({ method, path, headers }: RecordedRequest, rules: PrometheusRules): void {
  if (path !== PATH) throw new Refusal(404, '404 page not found');
  if (rules.otlp === false) throw new Refusal(404, 'otlp write receiver needs to be enabled');
  if (method !== 'POST') throw new Refusal(405, 'Method Not Allowed');
  if (rules.authorization !== undefined && headers.authorization !== rules.authorization) {
    throw new Refusal(401, 'Unauthorized');
  }
  const type = headers['content-type'];
  if (type !== PROTOBUF && type !== JSON_TYPE) {
    throw new Refusal(400, `unsupported content type: ${type}, supported: [${JSON_TYPE}, ${PROTOBUF}]`);
  }
  const encoding = headers['content-encoding'] ?? '';
  if (encoding !== '' && encoding !== 'gzip') {
    throw new Refusal(400, `unsupported compression: ${encoding}. Only "gzip" or no compression supported`);
  }
}

function read({ body, headers, text }: RecordedRequest): StoredSample[] {
  const json = headers['content-type'] === JSON_TYPE;
  if (!json) validate('metrics', body);
  const samples: StoredSample[] = [];
  for (const { resource, scopeMetrics } of json ? decodeJson('metrics', text()) : decode('metrics', body)) {
    const identity = identityOf(resource);
    const own = scopeMetrics.flatMap(({ metrics }) => metrics.flatMap((metric) => samplesOf(metric, identity)));
    samples.push(...own, ...targetInfo(resource, identity, own));
  }
  return samples;
}

/** A server takes the first of two samples of one series and time, and loses the older after the newer, with a 200. */
function checkSeries(samples: readonly StoredSample[]): void {
  const newest = new Map<string, number>();
  for (const sample of samples) {
    if (sample.labels['__name__'] === 'target_info') continue;
    const key = keyOf(sample);
    const before = newest.get(key);
    if (before !== undefined && before >= sample.ms)
      throw new Refusal(400, `a sample would be lost in silence: ${key}`);
    newest.set(key, sample.ms);
  }
}

function keyOf({ labels }: StoredSample): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function identityOf({ attributes }: ResourceRecord): Labels {
  const [name, namespace, instance] = [...IDENTIFYING].map((key) => valueToText(attributes[key]));
  return {
    ...(name !== '' && name !== undefined && { job: namespace === '' ? name : `${namespace}/${name}` }),
    ...(instance !== '' && instance !== undefined && { instance }),
  };
}

/** The series that describes a resource, at the first and the last time of its samples. */
function targetInfo({ attributes }: ResourceRecord, identity: Labels, own: readonly StoredSample[]): StoredSample[] {
  const described = Object.fromEntries(Object.entries(attributes).filter(([key]) => !IDENTIFYING.has(key)));
  const labels = labelsOf(described);
  if (Object.keys(labels).length === 0 || Object.keys(identity).length === 0 || own.length === 0) return [];
  const times = own.map(({ ms }) => ms).sort((a, b) => a - b);
  const ends = [...new Set([times[0] ?? 0, times.at(-1) ?? 0])];
  return ends.map((ms) => ({
    labels: { ...labels, ...identity, __name__: 'target_info' },
    ms,
    value: 1,
    stale: false,
  }));
}

function labelsOf(attributes: AttributeMap): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [key, value] of Object.entries(attributes)) {
    if (key === '') throw new Refusal(500, 'label name is empty');
    const name = key.replace(/[^A-Za-z0-9]/gu, '_');
    if (/^_+$/.test(name)) {
      throw new Refusal(500, `normalization for label name "${key}" resulted in invalid name "${name}"`);
    }
    const text = valueToText(value);
    if (text !== '') labels[name] = labels[name] === undefined ? text : `${labels[name]};${text}`;
  }
  return labels;
}

function nameOf(metric: MetricRecord): string {
  const { name } = metric.descriptor;
  const tokens = name.split(/[^A-Za-z0-9:]+/u).filter((token) => token !== '');
  if (tokens.length === 0) throw new Refusal(500, `normalization for metric "${name}" resulted in empty name`);
  const counter = metric.dataPointType === DataPointType.SUM && metric.isMonotonic;
  return [...tokens, ...(counter ? ['total'] : [])].join('_');
}

function checkTemporality({ descriptor, dataPointType, aggregationTemporality, otlpTemporality }: MetricRecord): void {
  if (dataPointType === DataPointType.GAUGE || dataPointType === DataPointType.SUMMARY) return;
  if (aggregationTemporality === 1 && (otlpTemporality === undefined || otlpTemporality === 2)) return;
  throw new Refusal(500, `invalid temporality and type combination for metric "${descriptor.name}"`);
}

/** Flag of points without a recorded value. */
const NO_RECORDED_VALUE = 1;

function samplesOf(metric: MetricRecord, identity: Labels): StoredSample[] {
  checkTemporality(metric);
  if (metric.dataPoints.length === 0) throw new Refusal(500, `empty data points. ${metric.descriptor.name} is dropped`);
  const name = nameOf(metric);
  return metric.dataPoints.flatMap((point) => {
    const [seconds, nanoseconds] = point.endTime;
    const common = {
      ms: seconds * 1000 + Math.floor(nanoseconds / 1e6),
      stale: (((point as { readonly flags?: number }).flags ?? 0) & NO_RECORDED_VALUE) !== 0,
    };
    const base = { ...labelsOf(point.attributes), ...identity };
    const sample = (end: string, value: unknown, more: Labels = {}): StoredSample => ({
      ...common,
      labels: { ...base, ...more, __name__: `${name}${end}` },
      value: Number(value ?? 0),
    });
    switch (metric.dataPointType) {
      case DataPointType.GAUGE:
      case DataPointType.SUM:
        return [sample('', point.value)];
      case DataPointType.SUMMARY: {
        const { quantiles, sum, count } = point.value as Value<'SUMMARY'>;
        const parts = quantiles.map(({ quantile, value }) => sample('', value, { quantile: String(quantile) }));
        return [...parts, sample('_sum', sum), sample('_count', count)];
      }
      case DataPointType.HISTOGRAM: {
        const { buckets, sum, count } = point.value as Value<'HISTOGRAM'>;
        let total = 0;
        const parts = buckets.boundaries.map((bound, at) => {
          total += Number(buckets.counts[at] ?? 0);
          return sample('_bucket', total, { le: String(bound) });
        });
        return [...parts, sample('_bucket', count, { le: '+Inf' }), sample('_sum', sum), sample('_count', count)];
      }
      default:
        return [exponential(point.value as Value<'EXPONENTIAL_HISTOGRAM'>, sample)];
    }
  });
}

type Value<K extends keyof typeof DataPointType> = Extract<
  MetricRecord,
  { readonly dataPointType: (typeof DataPointType)[K] }
>['dataPoints'][number]['value'];

function exponential(
  value: Value<'EXPONENTIAL_HISTOGRAM'>,
  sample: (end: string, value: unknown) => StoredSample,
): StoredSample {
  const stored = sample('', value?.sum);
  if (stored.stale) return stored;
  const { scale, zeroCount, positive, negative } = value;
  if (scale < -4) {
    throw new Refusal(500, `cannot convert exponential to native histogram. Scale must be >= -4, was ${scale}`);
  }
  const buckets = [...positive.bucketCounts, ...negative.bucketCounts].map(Number);
  const observed = buckets.reduce((sum, count) => sum + count, Number(zeroCount));
  const count = Number(value.count);
  if (observed !== count) {
    throw new Refusal(500, `${observed} observations found in buckets, but the Count field is ${count}`);
  }
  const { ms, stale, value: sum } = stored;
  const { length } = buckets;
  const histogram = { schema: Math.min(scale, 8), sum, count, observed, announced: length, buckets: length, ms, stale };
  return { ...stored, histogram };
}
