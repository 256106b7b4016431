/** An exporter as a pipeline makes it, without the queue that a peer does not have either. */
import { metrics as meters } from '@opentelemetry/api';
import {
  batchFromRecords,
  type Exporter,
  type ExporterContext,
  type ExporterDefinition,
  type Payload,
  resolveConfig,
} from '@telemetryflow/kernel';
import type { RecordOf, Signal } from '@telemetryflow/otlp';

/** The exporter of one signal, made of a block as a user writes it. */
export async function configuredExporter(
  definition: ExporterDefinition,
  block: Readonly<Record<string, unknown>>,
  signal: Signal,
): Promise<Exporter> {
  const { type } = definition;
  const plugins = { find: async () => definition, known: () => [type] };
  const { config } = await resolveConfig([{ object: { exporters: { [type]: block } } }], { plugins, env: {} });
  const [configured] = config.exporters.values();
  const silent = (): void => undefined;
  const context: ExporterContext = {
    id: type,
    dataSignal: signal,
    logger: { error: silent, warn: silent, info: silent, debug: silent },
    clock: {
      now: () => Date.now(),
      monotonic: () => performance.now(),
      setTimeout: () => ({ cancel: silent }),
      setInterval: () => ({ cancel: silent }),
    },
    meter: meters.getMeter('bench'),
    status: { ok: silent, recoverable: silent, permanent: silent },
    signal: new AbortController().signal,
    extension: () => undefined,
  };
  return definition.create(configured?.config, context);
}

/** Encodes and sends a batch; rejects when an item is dropped or to be sent again. */
export async function sendingExporter<S extends Signal>(
  definition: ExporterDefinition,
  block: Readonly<Record<string, unknown>>,
  signal: S,
): Promise<(records: readonly RecordOf[S][]) => Promise<void>> {
  const exporter = await configuredExporter(definition, block, signal);
  await exporter.start?.();
  const { signal: abort } = new AbortController();
  let batches = 0;
  return async (records) => {
    const batch = batchFromRecords(signal, records);
    // The delivery chain too encodes a batch to its end before it waits for an answer.
    const encoded = [...exporter.encode(batch, { now: Date.now(), id: `bench-${++batches}`, mode: undefined })];
    for (const payload of encoded) {
      if (payload === undefined) continue;
      if ('dropped' in payload) throw new Error(`dropped: ${payload.detail}`);
      const outcome = await exporter.send(payload as Payload, { signal: abort, attempt: 1 });
      if (outcome.retry !== undefined || outcome.dropped !== undefined) throw new Error(JSON.stringify(outcome));
      exporter.release?.(payload);
    }
  };
}
