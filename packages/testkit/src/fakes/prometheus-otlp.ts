/**
 * The OTLP receiver of a strict Prometheus 3.14: what it refuses, with its texts, and besides what it loses in silence.
 * Names are made without units.
 */
import { decode, type MetricRecord, type ResourceRecord, validate, valueToText } from '@telemetryflow/otlp';
import type { Answer } from '../backend/answer.ts';
import type { RecordedRequest } from '../backend/request.ts';
import type { BackendProfile } from '../contract/options.ts';
import { otlpItemIds } from './otlp-items.ts';
import { type FakeRefusal, PrometheusHead, type PrometheusRules, prometheusProfile, type StoredSample } from './prometheus.ts';

/** Path of the receiver. */
const PATH = '/api/v1/otlp/v1/metrics';
const TYPES = ['application/json', 'application/x-protobuf'];

type Labels = Readonly<Record<string, string>>;

/**
 * What Prometheus answers to an OTLP request; a request is stored as a whole, or not at all.
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
export function judgePrometheusOtlp(
  request: RecordedRequest,
  rules: PrometheusRules = {},
  head: PrometheusHead = new PrometheusHead(),
): Answer {
  const refused = refusalOf(request, rules);
  if (refused !== undefined) return refused;
  const samples: StoredSample[] = [];
  try {
    validate('metrics', request.body);
    for (const { resource, scopeMetrics } of decode('metrics', request.body)) {
      const identity = identityOf(resource);
      const own: StoredSample[] = [];
      for (const { metrics } of scopeMetrics) for (const metric of metrics) own.push(...samplesOf(metric, identity));
      samples.push(...own, ...targetInfo(resource, identity, own));
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { status: error instanceof NotConverted ? 500 : 400, body: `${message}\n` };
  }
  const now = rules.now?.() ?? prometheusProfile.now;
  return { status: 200 };
}
