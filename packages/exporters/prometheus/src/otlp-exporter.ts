/** One instance that sends OTLP. */
import { createHttpExporter, mergeHeaders, probe } from '@telemetryflow/http';
import type { Exporter, ExporterContext, HealthcheckResult } from '@telemetryflow/kernel';
import { HINT_OTLP_404, OtlpAnswers } from './classify-otlp.ts';
import type { PrometheusConfig } from './config.ts';
import { type OtlpMessage, otlpEncoder } from './encode-otlp.ts';
import { otlpUrl } from './endpoint.ts';
import { httpExporter, tlsOf } from './exporter.ts';
import { TargetInfoTimes } from './target-info-times.ts';

/** Without parameter: Prometheus compares the whole header. */
const CONTENT_TYPE = { 'content-type': 'application/x-protobuf' } as const;

export function createOtlpExporter(config: PrometheusConfig, context: ExporterContext): Exporter {
  const times = new TargetInfoTimes();
  const answers = new OtlpAnswers(config.retry_on_429, (batchId) => times.refuse(batchId));
  return createHttpExporter<PrometheusConfig>(
    {
      ...httpExporter,
      headers: (each, signal) => ({ ...httpExporter.headers?.(each, signal), ...CONTENT_TYPE }),
      client: ({ compression, ...each }) => ({
        compression: compression === 'none' ? 'none' : 'gzip',
        tls: tlsOf({ compression, ...each }),
      }),
      encode: { metrics: () => otlpEncoder(config, times) },
      classify: (result, { payload }) => answers.read(result, payload.body as OtlpMessage, payload.items),
    },
    config,
    context,
  );
}

/** An empty request, which stores nothing. */
export function otlpHealthcheck(config: PrometheusConfig, signal: AbortSignal): Promise<HealthcheckResult> {
  const headers = mergeHeaders({ ...httpExporter.headers?.(config, 'metrics'), ...CONTENT_TYPE }, config.headers);
  const request = { url: otlpUrl(config.endpoint) ?? '', headers, body: '' };
  return probe(config, request, {
    signal,
    client: { compression: 'none', tls: tlsOf(config) },
    hints: { 404: HINT_OTLP_404 },
  });
}
