/** One instance: encoder and reader of answers joined over HTTP; and the question whether the server is there. */
import {
  Bisection,
  clientOptions,
  createHttpClient,
  createHttpExporter,
  type HttpExporterOptions,
} from '@telemetryflow/http';
import type { Exporter, ExporterContext, HealthcheckResult } from '@telemetryflow/kernel';
import { checkConfig } from './check.ts';
import { classifyAnswer } from './classify.ts';
import { fields, type InfluxdbConfig } from './config.ts';
import { linesEncoder } from './encode-metrics.ts';
import { authorizationOf, pingUrl, versionOf, writeUrl } from './endpoint.ts';
import type { LinesMessage } from './line-request.ts';

/** All of the exporter that is plain HTTP. */
export const httpExporter: HttpExporterOptions<InfluxdbConfig> = {
  type: 'influxdb',
  description: 'Writes metrics to InfluxDB as line protocol.',
  signals: { metrics: 'beta' },
  reads: 'records',
  config: { properties: fields, required: ['endpoint'] },
  check: checkConfig,
  url: writeUrl,
  headers: (config) => ({ authorization: authorizationOf(config), 'content-type': 'text/plain; charset=utf-8' }),
  encode: { metrics: linesEncoder },
};

export function createExporter(config: InfluxdbConfig, context: ExporterContext): Exporter {
  const version = versionOf(config);
  const bisection = new Bisection();
  return createHttpExporter<InfluxdbConfig>(
    {
      ...httpExporter,
      classify: (result, { payload }) =>
        classifyAnswer(result, { version, items: payload.items, message: payload.body as LinesMessage, bisection }),
    },
    config,
    context,
  );
}

/** Asks for `/ping`, and compares the version that the server names with the configured one. */
export async function healthcheck(config: InfluxdbConfig, signal: AbortSignal): Promise<HealthcheckResult> {
  const authorization = authorizationOf(config);
  const client = createHttpClient({
    ...clientOptions(config),
    ...(authorization !== '' && { headers: { authorization } }),
  });
  try {
    const result = await client.request({ method: 'GET', url: pingUrl(config), signal });
    if (result.kind === 'failure') return { ok: false, message: result.message };
    if (result.status !== 200 && result.status !== 204) {
      return { ok: false, message: `${result.url} answered ${result.status}` };
    }
    const server = result.headers['x-influxdb-version'];
    if (typeof server !== 'string') return { ok: true, message: `${result.url} answered ${result.status}` };
    if (versionOf(config) > 1 && /^v?1\.[0-7]\b/.test(server)) {
      return { ok: false, message: `the server is InfluxDB ${server}: set version: 1` };
    }
    return { ok: true, message: `InfluxDB ${server}` };
  } finally {
    client.close();
  }
}
