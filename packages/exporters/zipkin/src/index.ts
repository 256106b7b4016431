/** The `zipkin` exporter: spans to Zipkin, and to everything else that serves its API. */
import {
  Bisection,
  basicAuth,
  checkHttpExporter,
  clientOptions,
  createHttpClient,
  createHttpExporter,
  type HttpExporterOptions,
  httpOptionsSchema,
  mergeHeaders,
} from '@telemetryflow/http';
import {
  defineExporter,
  type ExporterDefinition,
  type HealthcheckResult,
  type ObjectSchema,
} from '@telemetryflow/kernel';
import { checkConfig } from './check.ts';
import { classifyZipkin } from './classify.ts';
import { fields, healthUrl, spansUrl, type ZipkinConfig } from './config.ts';
import { tracesEncoder } from './encode-traces.ts';

export type { ZipkinConfig } from './config.ts';

/** All of the exporter that is plain HTTP. */
const httpExporter: HttpExporterOptions<ZipkinConfig> = {
  type: 'zipkin',
  description: 'Sends traces to Zipkin.',
  starter: { endpoint: '${ZIPKIN_ENDPOINT:-http://localhost:9411/api/v2/spans}' },
  signals: { traces: 'beta' },
  reads: 'records',
  config: { properties: fields },
  check: checkConfig,
  url: ({ endpoint }) => spansUrl(endpoint),
  headers,
  encode: { traces: tracesEncoder },
};

const { type, description, signals, reads } = httpExporter;

/**
 * The `zipkin` exporter: sends traces to Zipkin.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import zipkin from '@telemetryflow/exporter-zipkin';
 * import { createPipeline } from '@telemetryflow/kernel';
 * import { fakeZipkin, spans } from '@telemetryflow/testkit';
 *
 * const server = await fakeZipkin();
 * const config = { exporters: { zipkin: { endpoint: `${server.url}/api/v2/spans` } } };
 * const pipeline = await createPipeline(config, { plugins: [zipkin] });
 * await pipeline.start();
 * await pipeline.consume({ signal: 'traces', records: spans(2) });
 * await pipeline.shutdown();
 * await server.close();
 * assert.deepEqual(
 *   server.stored.map(({ name }) => name),
 *   ['operation 0', 'operation 1'],
 * );
 * ```
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import zipkin, { type ZipkinConfig } from '@telemetryflow/exporter-zipkin';
 * import { configureExporter } from '@telemetryflow/testkit';
 *
 * // A block as the exporter gets it: with its defaults, durations in milliseconds, sizes in bytes.
 * const { config } = await configureExporter(zipkin, { endpoint: 'http://zipkin:9411/api/v2/spans' });
 * const { format, max_request_bytes } = config as ZipkinConfig;
 * assert.deepEqual([format, max_request_bytes], ['json', 5_000_000]);
 * ```
 */
const zipkin: ExporterDefinition = defineExporter<ZipkinConfig>({
  module: import.meta.url,
  type,
  description,
  signals,
  reads,
  config: { type: 'object', properties: { ...httpOptionsSchema, ...fields } } as ObjectSchema<ZipkinConfig>,
  check: (config) => checkHttpExporter(httpExporter, config),
  healthcheck,
  create(config, context) {
    const bisection = new Bisection();
    const classify: HttpExporterOptions<ZipkinConfig>['classify'] = (result, { payload }) =>
      classifyZipkin(result, payload, bisection);
    return createHttpExporter({ ...httpExporter, classify }, config, context);
  },
});

export default zipkin;

function headers({ username, password, format }: ZipkinConfig): Record<string, string> {
  return {
    ...(username ? { authorization: basicAuth(username, password?.reveal() ?? '') } : {}),
    'content-type': format === 'proto' ? 'application/x-protobuf' : 'application/json',
    // Servers that trace themselves do not trace this.
    b3: '0',
  };
}

async function healthcheck(config: ZipkinConfig, { signal }: { signal: AbortSignal }): Promise<HealthcheckResult> {
  const client = createHttpClient({ ...clientOptions(config), headers: mergeHeaders(headers(config), config.headers) });
  try {
    const result = await client.request({ method: 'GET', url: healthUrl(config.endpoint), signal });
    if (result.kind === 'failure') return { ok: false, message: result.message };
    return { ok: result.status === 200, message: `${result.url} answered ${result.status}` };
  } finally {
    client.close();
  }
}
