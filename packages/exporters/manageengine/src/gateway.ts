/** Metrics and logs as JSON to a gateway of the user's own. */
import type { Exporter, ExporterContext } from '@telemetryflow/kernel';
import type { ManageengineConfig } from './config.ts';
import { encodeGatewayLogs, gatewayMetricsEncoder } from './encode-gateway.ts';
import { httpExporterTo } from './http-target.ts';

export function createGatewayExporter(config: ManageengineConfig, url: string, context: ExporterContext): Exporter {
  const target = {
    headers: () => ({ authorization: `Apikey ${config.api_key.reveal()}`, 'content-type': 'application/json' }),
    encode: {
      logs: () => encodeGatewayLogs,
      metrics: () => gatewayMetricsEncoder(config.monitor_group),
    },
    // As plain as the shape: what a gateway unpacks is its own affair.
    client: () => ({ compression: 'none' as const }),
  };
  return httpExporterTo(url, target, config, context) as Exporter;
}
