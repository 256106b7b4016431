/** The `debug` exporter: prints telemetry in a form a person likes to read. */
import type { Writable } from 'node:stream';
import { type Batch, defineExporter, delivered, type Exporter, type ExporterDefinition } from '@telemetryflow/kernel';
import { type DebugConfig, schema } from './config.ts';
import { encodeBatch } from './encode.ts';
import { print, sampler } from './print.ts';

export type { DebugConfig } from './config.ts';

/** What a caller of {@link debugExporter} can set. */
export interface DebugExporterOptions {
  /** Where to print instead of the configured output. */
  readonly stream?: Writable;
}

/**
 * A debug exporter that prints to a stream of the caller's; the default export prints to stdout or stderr.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { PassThrough } from 'node:stream';
 * import { text } from 'node:stream/consumers';
 * import { type DebugExporterOptions, debugExporter } from '@telemetryflow/exporter-debug';
 * import { createPipeline } from '@telemetryflow/kernel';
 * import { logs } from '@telemetryflow/testkit';
 *
 * const stream = new PassThrough();
 * const options: DebugExporterOptions = { stream };
 * const pipeline = await createPipeline({ exporters: { debug: {} } }, { plugins: [debugExporter(options)] });
 * await pipeline.start();
 * await pipeline.consume({ signal: 'logs', records: logs(1, { variety: 'plain' }) });
 * await pipeline.shutdown();
 * stream.end();
 * assert.match(await text(stream), /request 0 handled/);
 * ```
 */
export function debugExporter(options: DebugExporterOptions = {}): ExporterDefinition {
  return defineExporter<DebugConfig>({
    module: import.meta.url,
    type: 'debug',
    aliases: ['logging'],
    description: 'Prints telemetry in a form a person likes to read.',
    starter: { verbosity: 'normal' },
    config: schema,
    signals: { traces: 'stable', metrics: 'stable', logs: 'stable' },
    reads: 'records',
    temporality: 'as_is',
    // Lines of two batches must not mix.
    concurrency: 1,
    create(config, context): Exporter {
      const stream = options.stream ?? process[config.output];
      const sampled = sampler(config, context.clock);
      return {
        encode: (batch: Batch) => encodeBatch(batch, config.verbosity),
        send: async (payload, { signal }) => (sampled() ? print(String(payload.body), stream, signal) : delivered()),
      };
    },
  });
}

/**
 * The `debug` exporter: prints telemetry in a form a person likes to read.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import debug from '@telemetryflow/exporter-debug';
 * import { createPipeline } from '@telemetryflow/kernel';
 * import { logs } from '@telemetryflow/testkit';
 *
 * const config = { exporters: { debug: { verbosity: 'basic', output: 'stderr' } } };
 * const pipeline = await createPipeline(config, { plugins: [debug] });
 * await pipeline.start();
 * await pipeline.consume({ signal: 'logs', records: logs(2) });
 * await pipeline.shutdown();
 * assert.equal(pipeline.ledger().exporters['debug']?.logs?.delivered, 2);
 * ```
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import debug, { type DebugConfig } from '@telemetryflow/exporter-debug';
 * import { configureExporter } from '@telemetryflow/testkit';
 *
 * // A block as the exporter gets it: with its defaults, durations in milliseconds, sizes in bytes.
 * const { config } = await configureExporter(debug, { sampling_initial: 5 });
 * const { verbosity, sampling_initial } = config as DebugConfig;
 * assert.deepEqual([verbosity, sampling_initial], ['normal', 5]);
 * ```
 */
const debug: ExporterDefinition = debugExporter();
export default debug;
