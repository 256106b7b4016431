/** The real delivery chain around an exporter, built as a pipeline builds it. */
import { metrics } from '@opentelemetry/api';
import {
  type Batch,
  batchFromRecords,
  type Clock,
  createExporterChain,
  type ExporterChain,
  type ExporterDefinition,
  type Logger,
  resolveConfig,
  type StatusReporter,
} from '@telemetryflow/kernel';
import type { RecordOf, Signal } from '@telemetryflow/otlp';
import { seededRandom } from './random.ts';
import { onlyPlugin } from './resolve-text.ts';

/** What a chain under test gets instead of a pipeline's. */
export interface ChainSurroundings {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly status: StatusReporter;
  readonly signal: AbortSignal;
}

/**
 * A chain for one exporter and signal. `block` is what a user writes under `exporters.<type>`; a block that does
 * not validate throws the error the user would see.
 */
export async function buildChain(
  definition: ExporterDefinition,
  block: Readonly<Record<string, unknown>>,
  signal: Signal,
  surroundings: ChainSurroundings,
): Promise<ExporterChain> {
  const id = definition.type;
  const source = { object: { exporters: { [id]: block } } };
  const { config } = await resolveConfig([source], { plugins: onlyPlugin(definition), env: {} });
  const [configured] = config.exporters.values();
  if (configured === undefined) throw new Error(`The configuration switches the exporter ${id} off.`);
  const context = {
    ...surroundings,
    id,
    dataSignal: signal,
    meter: metrics.getMeter('testkit'),
    extension: () => undefined,
  };
  return createExporterChain({ definition, config: configured.config, context, random: seededRandom(1) });
}

/** Records as a batch. */
export function batchOf<S extends Signal>(signal: S, records: readonly RecordOf[S][]): Batch<S> {
  return batchFromRecords(signal, records);
}
