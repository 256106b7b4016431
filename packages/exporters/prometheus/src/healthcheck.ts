/** An empty write: a receiver that takes it is there, is enabled, and takes the credentials. It stores nothing. */
import { mergeHeaders, probe } from '@telemetryflow/http';
import type { HealthcheckResult } from '@telemetryflow/kernel';
import { compressBlock, REQUEST_HEADERS } from '@telemetryflow/remote-write';
import { HINT_404 } from './classify.ts';
import type { PrometheusConfig } from './config.ts';
import { writeUrl } from './endpoint.ts';
import { httpExporter, tlsOf } from './exporter.ts';

export function healthcheck(config: PrometheusConfig, signal: AbortSignal): Promise<HealthcheckResult> {
  const headers = mergeHeaders({ ...httpExporter.headers?.(config, 'metrics'), ...REQUEST_HEADERS[1] }, config.headers);
  const request = {
    url: writeUrl(config.endpoint),
    headers,
    body: compressBlock(new Uint8Array(0)),
    contentEncoding: 'snappy',
  };
  return probe(config, request, { signal, client: { tls: tlsOf(config) }, hints: { 404: HINT_404 } });
}
