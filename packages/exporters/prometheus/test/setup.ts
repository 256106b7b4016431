/** A configured exporter as the pipeline makes it, without the delivery chain. */
import prometheus, { type PrometheusConfig } from '@telemetryflow/exporter-prometheus';
import { configureExporter } from '@telemetryflow/testkit';

/** The decoded block. */
export async function configOf(block: Readonly<Record<string, unknown>>): Promise<PrometheusConfig> {
  return (await configureExporter(prometheus, block)).config as PrometheusConfig;
}
