/** A configured exporter as the pipeline makes it, without the delivery chain. */
import { metrics } from '@opentelemetry/api';
import prometheus, { type PrometheusConfig } from '@telemetryflow/exporter-prometheus';
import { type Exporter, type PluginLookup, resolveConfig } from '@telemetryflow/kernel';
import { type FakeClock, fakeClock } from '@telemetryflow/testkit';

export const plugins: PluginLookup = {
  find: async (kind, type) =>
    kind === 'exporter' && [prometheus.type, ...(prometheus.aliases ?? [])].includes(type)
      ? prometheus
      : { problem: `no ${kind} ${type}`, hint: 'install it' },
  known: () => [prometheus.type],
};

/** The decoded block. */
export async function configOf(block: Readonly<Record<string, unknown>>): Promise<PrometheusConfig> {
  const { config } = await resolveConfig([{ object: { exporters: { prometheus: block } } }], { plugins, env: {} });
  const [configured] = config.exporters.values();
  return configured?.config as PrometheusConfig;
}

export interface Instance {
  readonly exporter: Exporter;
  readonly clock: FakeClock;
}

/** An exporter with a clock of its own. */
export async function instanceOf(
  block: Readonly<Record<string, unknown>>,
  clock: FakeClock = fakeClock(),
): Promise<Instance> {
  const log = (): undefined => undefined;
  const exporter = prometheus.create(await configOf(block), {
    id: 'prometheus',
    dataSignal: 'metrics',
    logger: { error: log, warn: log, info: log, debug: log },
    clock,
    meter: metrics.getMeter('test'),
    status: { ok: log, recoverable: log, permanent: log },
    signal: new AbortController().signal,
    extension: () => undefined,
  });
  return { exporter, clock };
}
