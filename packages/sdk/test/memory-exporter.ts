/** An exporter of type `memory` that keeps what it is sent, and answers what a test wants. */
import { type Batch, defineExporter, delivered, type ExporterDefinition, type Outcome } from '@telemetryflow/kernel';
import type { LogRecord, MetricRecord, RecordOf, Signal, SpanRecord } from '@telemetryflow/otlp';

export interface MemoryExporter {
  readonly definition: ExporterDefinition;
  /** What the next attempts come to; delivered when empty. */
  readonly outcomes: (Outcome | Promise<Outcome>)[];
  /** Batches as they arrived. */
  readonly batches: { readonly signal: Signal; readonly records: readonly RecordOf[Signal][] }[];
  /** How often `start` and `stop` were called. */
  readonly events: string[];
  spans(): readonly SpanRecord[];
  logs(): readonly LogRecord[];
  metrics(): readonly MetricRecord[];
}

export function memoryExporter(
  options: { readonly type?: string; readonly temporality?: 'delta' | 'cumulative' } = {},
): MemoryExporter {
  const { type = 'memory', temporality } = options;
  const outcomes: (Outcome | Promise<Outcome>)[] = [];
  const batches: MemoryExporter['batches'] = [];
  const events: string[] = [];
  const of = <S extends Signal>(signal: S) =>
    batches.filter((batch) => batch.signal === signal).flatMap(({ records }) => records as readonly RecordOf[S][]);
  const definition = defineExporter({
    type,
    description: 'Keeps what it is sent.',
    signals: { traces: 'stable', metrics: 'stable', logs: 'stable' },
    reads: 'records',
    ...(temporality !== undefined && { temporality }),
    config: { type: 'object', properties: {} },
    create: (_, { dataSignal }) => ({
      *encode(batch: Batch) {
        yield { body: batch.records(), items: { from: 0, to: batch.count } };
      },
      async send({ body }) {
        const outcome = (await outcomes.shift()) ?? delivered();
        if (outcome.retry === undefined && outcome.dropped === undefined) {
          batches.push({ signal: dataSignal, records: body as readonly RecordOf[Signal][] });
        }
        return outcome;
      },
      start: async () => void events.push(`start ${dataSignal}`),
      stop: async () => void events.push(`stop ${dataSignal}`),
    }),
  });
  return {
    definition,
    outcomes,
    batches,
    events,
    spans: () => of('traces'),
    logs: () => of('logs'),
    metrics: () => of('metrics').flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics)),
  };
}

/** A log of what was said, by level. */
export function recordingLogger() {
  const said: { readonly level: string; readonly message: string; readonly fields: Record<string, unknown> }[] = [];
  const at = (level: string) => (message: string, fields?: Readonly<Record<string, unknown>>) =>
    void said.push({ level, message, fields: { ...fields } });
  return {
    said,
    logger: { error: at('error'), warn: at('warn'), info: () => {}, debug: () => {} },
  };
}
