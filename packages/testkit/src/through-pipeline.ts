/** One exporter in a pipeline of its own, as a host runs it: quiet, and quick to flush and to try again. */
import { type Clock, createPipeline, type ExporterDefinition, type Pipeline } from '@telemetryflow/kernel';
import type { RecordOf, Signal } from '@telemetryflow/otlp';

/** A running pipeline, and what it said. */
export interface StartedPipeline {
  readonly pipeline: Pipeline;
  /** Everything that was logged, one line per message with its details as JSON. */
  readonly said: readonly string[];
  /** Hand records over; resolves when the exporters' queues have them. */
  consume<S extends Signal>(signal: S, records: readonly RecordOf[S][]): Promise<void>;
}

/**
 * Start a pipeline of this exporter alone. `block` is what a user writes under `exporters.<type>`.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpHttp from '@telemetryflow/exporter-otlp-http';
 * import { logs, type StartedPipeline, startBackend, startPipeline } from '@telemetryflow/testkit';
 *
 * const backend = await startBackend({ status: 400, body: 'never' });
 * const started: StartedPipeline = await startPipeline(otlpHttp, { endpoint: backend.url });
 * await started.consume('logs', logs(2));
 * const { dropped } = await started.pipeline.shutdown();
 * await backend.close();
 * assert.equal(dropped, 2);
 * assert.ok(started.said.some((line) => line.includes('answered 400')));
 * ```
 */
export async function startPipeline(
  definition: ExporterDefinition,
  block: Readonly<Record<string, unknown>>,
  { clock }: { readonly clock?: Clock } = {},
): Promise<StartedPipeline> {
  const said: string[] = [];
  const say = (message: string, details?: unknown): void => {
    said.push(`${message} ${JSON.stringify(details ?? '')}`);
  };
  const quick = { flush_interval: '10ms', retry: { initial: '10ms', max: '50ms' } };
  const pipeline = await createPipeline(
    { exporters: { [definition.type]: { ...quick, ...block } } },
    {
      plugins: [definition],
      logger: { error: say, warn: say, info: say, debug: say },
      ...(clock !== undefined && { clock }),
    },
  );
  await pipeline.start();
  return {
    pipeline,
    said,
    consume: (signal, records) => pipeline.consume({ signal, records } as Parameters<Pipeline['consume']>[0]),
  };
}

/**
 * Send records through a pipeline of this exporter and shut it down; resolves to what became of them.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpHttp from '@telemetryflow/exporter-otlp-http';
 * import { fakeOtlp, logs, throughPipeline } from '@telemetryflow/testkit';
 *
 * const backend = await fakeOtlp();
 * const report = await throughPipeline(otlpHttp, { endpoint: backend.url }, 'logs', logs(2));
 * await backend.close();
 * assert.deepEqual(report, { delivered: 2, pending: 0, dropped: 0, reasons: {} });
 * ```
 */
export async function throughPipeline<S extends Signal>(
  definition: ExporterDefinition,
  block: Readonly<Record<string, unknown>>,
  signal: S,
  records: readonly RecordOf[S][],
  options?: { readonly clock?: Clock },
): ReturnType<Pipeline['shutdown']> {
  const { pipeline, consume } = await startPipeline(definition, block, options);
  await consume(signal, records);
  return pipeline.shutdown();
}
