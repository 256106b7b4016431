/** Thrift over HTTP. */
import {
  classify,
  clientOptions,
  createHttpClient,
  createHttpExporter,
  describe,
  type HttpBody,
  type HttpConfig,
  mergeHeaders,
} from '@telemetryflow/http';
import type { Exporter, ExporterContext, HealthcheckResult } from '@telemetryflow/kernel';
import { JaegerTags, type Signal } from '@telemetryflow/otlp';
import { authentication } from './authentication.ts';
import { THRIFT_RULES } from './classify.ts';
import type { JaegerConfig } from './config.ts';
import { thriftEncoder } from './encode-thrift.ts';
import type { Route } from './route.ts';
import { settingsOf } from './settings.ts';
import { writeBatchHead, writeProcess } from './thrift-span.ts';
import { ThriftWriter } from './thrift-writer.ts';

const HEADERS = { 'content-type': 'application/vnd.apache.thrift.binary' } as const;

export function createThriftExporter(
  config: JaegerConfig,
  route: Route,
  context: ExporterContext,
): Exporter<Signal, HttpBody> {
  const settings = settingsOf(config, route);
  return createHttpExporter<HttpConfig>(
    {
      url: () => route.url,
      headers: () => ({ ...HEADERS, ...authentication(config) }),
      encode: { traces: () => thriftEncoder(settings.max_request_bytes, config.link_logs) },
      classify: THRIFT_RULES,
    },
    settings,
    context,
  );
}

/** A batch without spans is taken, and nothing is stored. */
export async function checkThriftHealth(
  config: JaegerConfig,
  route: Route,
  signal: AbortSignal,
): Promise<HealthcheckResult> {
  const client = createHttpClient(clientOptions(settingsOf(config, route)));
  try {
    const headers = mergeHeaders(HEADERS, authentication(config), config.headers);
    const result = await client.request({ url: route.url, headers, body: emptyBatch(), signal });
    if (result.kind === 'failure') return { ok: false, message: result.message };
    const { retry, dropped, split } = classify(result, THRIFT_RULES);
    const refusal = retry?.detail ?? dropped?.[0]?.detail ?? split?.detail;
    return { ok: refusal === undefined, message: refusal ?? describe(result) };
  } finally {
    client.close();
  }
}

function emptyBatch(): Buffer {
  const writer = new ThriftWriter();
  writeProcess(writer, { serviceName: 'healthcheck', tags: new JaegerTags() });
  const process = writer.copy(0);
  writer.cut(0);
  writeBatchHead(writer, process);
  writer.stop();
  return writer.copy(0);
}
