/** Sends traces, metrics and logs to OpenObserve over OTLP, or logs as JSON records. */
import {
  basicAuth,
  defineOtlpExporter,
  limitAge,
  logTimeFromObserved,
  spanEndNotBeforeStart,
  transformItems,
  transformMetrics,
} from '@telemetryflow/http';
import type { ExporterDefinition } from '@telemetryflow/kernel';
import { check } from './check.ts';
import { answerToRecords, RULES } from './classify.ts';
import { limitLogAttributes, limitSpanAttributes, protectReserved } from './columns.ts';
import { baseOf, endpointsOf, logsFormat, type OpenobserveConfig, properties, streamOf } from './config.ts';
import { jsonLogsEncoder } from './encode-logs.ts';
import { metricTransform } from './metrics.ts';

export type { OpenobserveConfig } from './config.ts';

/**
 * The `openobserve` exporter: sends telemetry to OpenObserve over OTLP.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import openobserve from '@telemetryflow/exporter-openobserve';
 * import { createPipeline } from '@telemetryflow/kernel';
 * import { fakeOpenobserve, logs } from '@telemetryflow/testkit';
 *
 * const user = { username: 'root@example.com', password: 'secret' };
 * const server = await fakeOpenobserve({ ...user, now: Date.now });
 * const config = { exporters: { openobserve: { endpoint: server.url, ...user } } };
 * const pipeline = await createPipeline(config, { plugins: [openobserve] });
 * await pipeline.start();
 * await pipeline.consume({ signal: 'logs', records: logs(2, { startMs: Date.now() }) });
 * await pipeline.shutdown();
 * await server.close();
 * assert.deepEqual(server.stored, ['item-0', 'item-1']);
 * ```
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import openobserve, { type OpenobserveConfig } from '@telemetryflow/exporter-openobserve';
 * import { configureExporter } from '@telemetryflow/testkit';
 *
 * // A block as the exporter gets it: with its defaults, durations in milliseconds, sizes in bytes.
 * const { config } = await configureExporter(openobserve, {
 *   endpoint: 'http://openobserve:5080',
 *   username: 'root@example.com',
 *   password: 'secret',
 * });
 * const { organization, max_age } = config as OpenobserveConfig;
 * assert.deepEqual([organization, max_age], ['default', 18_000_000]);
 * ```
 */
const openobserve: ExporterDefinition = defineOtlpExporter<OpenobserveConfig>({
  module: import.meta.url,
  type: 'openobserve',
  description: 'Sends telemetry to OpenObserve over OTLP.',
  starter: {
    endpoint: '${OPENOBSERVE_ENDPOINT:-http://localhost:5080}',
    username: '${OPENOBSERVE_USERNAME}',
    password: '${OPENOBSERVE_PASSWORD}',
    organization: 'default',
  },
  config: { properties, required: ['username', 'password'] },
  check,
  grpc: {},
  reads: (config, signal) => (signal === 'logs' && logsFormat(config) !== 'otlp' ? 'records' : 'otlp'),
  temporality: (config) => config.temporality,
  limits: ({ max_age: maxAgeMs }, signal) => (signal === 'metrics' || maxAgeMs === 0 ? {} : { maxAgeMs }),
  endpoints: endpointsOf,
  headers: (config, signal) => ({
    authorization: basicAuth(config.username, config.password.reveal()),
    'stream-name': streamOf(config, signal),
    ...(config.protocol === 'grpc' && { organization: baseOf(config).organization }),
  }),
  prepare(config, signal, encode) {
    const { max_age: maxAge, protect_reserved: protect } = config;
    if (signal === 'metrics') {
      return transformMetrics(encode, metricTransform(config.exponential_histograms === 'convert'));
    }
    if (signal === 'traces') {
      return transformItems(limitAge(encode, maxAge), [spanEndNotBeforeStart, limitSpanAttributes]);
    }
    const format = logsFormat(config);
    if (format === 'otlp') {
      const transforms = [logTimeFromObserved, limitLogAttributes, ...(protect ? [protectReserved] : [])];
      return transformItems(limitAge(encode, maxAge), transforms);
    }
    const options = { lines: format === 'ndjson', maxBytes: config.max_request_bytes, protectReserved: protect };
    return limitAge(jsonLogsEncoder(options), maxAge);
  },
  authHint: 'check username, password (a password or an ingestion token) and organization',
  classify: RULES,
  answer: (response, sent) =>
    /\/(_json|_multi)\/?(?:\?.*)?$/.test(response.url) ? answerToRecords(response, sent) : undefined,
});

export default openobserve;
