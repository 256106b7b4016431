/** Runs data through one processor in a real pipeline and keeps what comes out. Owns the pipeline and its end. */
import {
  createPipeline,
  type Definition,
  defineExporter,
  delivered,
  type Logger,
  type PipelineInput,
  type PipelineLedger,
} from '@telemetryflow/kernel';
import type { RecordOf, Signal } from '@telemetryflow/otlp';

/** What came out of a processor. */
export interface Processed {
  /** Records that arrived behind the processor, by signal. */
  readonly records: { readonly [S in Signal]: readonly RecordOf[S][] };
  /** The requests that arrived, as OTLP bytes, by signal. */
  readonly otlp: Readonly<Record<Signal, readonly Uint8Array[]>>;
  /** Dropped by the processor, by reason, over all signals. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Everything that was logged, as `level message`. */
  readonly log: readonly string[];
}

/**
 * Sends each input through the processor into an exporter that keeps it, and shuts down. Rejects when the books do
 * not balance: each item is delivered, or dropped by the processor with a reason.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import attributesProcessor from '@telemetryflow/processor-attributes';
 * import { logs, type Processed, throughProcessor } from '@telemetryflow/testkit';
 *
 * const [get, post] = logs(2, { variety: 'plain' });
 * const records = [get, post].filter((each) => each !== undefined);
 * const made: Processed = await throughProcessor(
 *   attributesProcessor,
 *   { actions: [{ key: 'http.request.method', action: 'delete' }] },
 *   [{ signal: 'logs', records }],
 * );
 * assert.equal(made.records.logs[0]?.attributes['http.request.method'], undefined);
 * assert.deepEqual(made.dropped, {});
 * ```
 */
export async function throughProcessor(
  definition: Definition,
  config: Readonly<Record<string, unknown>>,
  inputs: readonly PipelineInput[],
): Promise<Processed> {
  const records: { [S in Signal]: RecordOf[S][] } = { traces: [], metrics: [], logs: [] };
  const otlp: Record<Signal, Uint8Array[]> = { traces: [], metrics: [], logs: [] };
  const log: string[] = [];
  const capture = defineExporter({
    type: 'capture',
    description: 'Keeps what it is sent.',
    signals: { traces: 'stable', metrics: 'stable', logs: 'stable' },
    reads: 'records',
    config: { type: 'object', properties: {} },
    create: () => ({
      *encode(batch) {
        (records[batch.signal] as RecordOf[Signal][]).push(...batch.records());
        otlp[batch.signal].push(batch.otlp());
        yield { body: undefined, items: { from: 0, to: batch.count } };
      },
      send: async () => delivered(),
    }),
  });
  const processors = { [definition.type]: config };
  const plugins = [definition, capture];
  const pipeline = await createPipeline({ processors, exporters: { capture: {} } }, { plugins, logger: recorder(log) });
  await pipeline.start();
  for (const input of inputs) await pipeline.consume(input);
  await pipeline.shutdown();
  const { pipelines, exporters } = pipeline.ledger();
  const dropped: Record<string, number> = {};
  for (const [id, ledger] of Object.entries(pipelines)) {
    for (const reasons of Object.values(ledger.dropped)) {
      for (const [reason, count] of Object.entries(reasons)) dropped[reason] = (dropped[reason] ?? 0) + count;
    }
    if (unaccounted(ledger) !== 0) throw new Error(`The books of ${id} do not balance: ${JSON.stringify(ledger)}`);
  }
  for (const [signal, ledger] of Object.entries(exporters['capture'] ?? {})) {
    if (ledger.delivered !== ledger.entered) throw new Error(`${signal}: ${JSON.stringify(ledger)}`);
  }
  return { records, otlp, dropped, log };
}

/** Items of a pipeline with one exporter that are neither refused nor dropped nor handed to the exporter. */
function unaccounted(ledger: PipelineLedger): number {
  let gone = ledger.refused;
  for (const reasons of Object.values(ledger.dropped)) {
    for (const count of Object.values(reasons)) gone += count;
  }
  return ledger.received + ledger.added - gone - ledger.entered;
}

function recorder(log: string[]): Logger {
  const at = (level: string) => (message: string) => void log.push(`${level} ${message}`);
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
}
