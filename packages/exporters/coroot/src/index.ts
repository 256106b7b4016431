/** Sends traces and logs to Coroot over OTLP, and metrics by Prometheus remote write. */
import {
  defineOtlpExporter,
  eventNameAsAttribute,
  isOff,
  logTimeFromObserved,
  spanEndNotBeforeStart,
  transformItems,
  transformResources,
} from '@telemetryflow/http';
import type { ExporterDefinition } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import { cleanResource, logsWithoutEmpty, spansWithoutEmpty } from './attributes.ts';
import { check } from './check.ts';
import { AUTH_HINT, answerOf, GRPC_RULES, RULES } from './classify.ts';
import { type CorootConfig, endpointsOf, properties } from './config.ts';
import { remoteWriteEncoder } from './encode-metrics.ts';
import { bodyAsText, severityInItsRange } from './logs.ts';

export type { CorootConfig } from './config.ts';

const isRemoteWrite = (config: CorootConfig, signal: Signal): boolean =>
  signal === 'metrics' && config.metrics_protocol === 'remote_write';

const SIGNALS: readonly Signal[] = ['traces', 'metrics', 'logs'];
const LOGS = [logTimeFromObserved, bodyAsText, eventNameAsAttribute, logsWithoutEmpty];

/**
 * The `coroot` exporter: sends traces and logs to Coroot over OTLP, and metrics by Prometheus remote write.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import coroot from '@telemetryflow/exporter-coroot';
 * import { createPipeline } from '@telemetryflow/kernel';
 * import { fakeCoroot, spans } from '@telemetryflow/testkit';
 *
 * const server = await fakeCoroot({ apiKey: 'project-key' });
 * const config = { exporters: { coroot: { endpoint: server.url, api_key: 'project-key' } } };
 * const pipeline = await createPipeline(config, { plugins: [coroot] });
 * await pipeline.start();
 * await pipeline.consume({ signal: 'traces', records: spans(2) });
 * await pipeline.shutdown();
 * await server.close();
 * assert.deepEqual(server.stored, ['item-0', 'item-1']);
 * ```
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import coroot, { type CorootConfig } from '@telemetryflow/exporter-coroot';
 * import { configureExporter } from '@telemetryflow/testkit';
 *
 * // A block as the exporter gets it: with its defaults, durations in milliseconds, sizes in bytes.
 * const { config } = await configureExporter(coroot, {
 *   endpoint: 'http://coroot:8080',
 *   api_key: 'project-key',
 * });
 * const { metrics_protocol, flush_interval } = config as CorootConfig;
 * assert.deepEqual([metrics_protocol, flush_interval], ['remote_write', 10_000]);
 * ```
 */
const coroot: ExporterDefinition = defineOtlpExporter<CorootConfig>({
  module: import.meta.url,
  type: 'coroot',
  description: 'Sends traces and logs to Coroot over OTLP, and metrics by Prometheus remote write.',
  starter: { endpoint: '${COROOT_ENDPOINT:-http://localhost:8080}', api_key: '${COROOT_API_KEY}' },
  config: { properties },
  check,
  grpc: { signals: ['traces', 'logs'], rules: GRPC_RULES },
  enabledSignals: (config) =>
    SIGNALS.filter((signal) => !isOff(config, signal) && !(signal === 'metrics' && config.metrics_protocol === 'off')),
  reads: (config, signal) => (isRemoteWrite(config, signal) ? 'records' : 'otlp'),
  temporality: (config, signal) => (isRemoteWrite(config, signal) ? 'cumulative' : 'as_is'),
  ordered: isRemoteWrite,
  endpoints: endpointsOf,
  headers: (config) => ({ 'x-api-key': config.api_key ?? '' }),
  prepare(config, signal, encode) {
    if (isRemoteWrite(config, signal)) return remoteWriteEncoder(config);
    if (signal === 'metrics') return encode;
    if (signal === 'traces') {
      return transformResources(transformItems(encode, [spanEndNotBeforeStart, spansWithoutEmpty]), cleanResource);
    }
    const transforms = config.severity_fix ? [...LOGS, severityInItsRange] : LOGS;
    return transformResources(transformItems(encode, transforms), cleanResource);
  },
  authHint: AUTH_HINT,
  classify: RULES,
  answer: answerOf,
});

export default coroot;
