/** The `debug` exporter: prints telemetry in a form a person likes to read. */
import type { Writable } from 'node:stream';
import { type Batch, defineExporter, delivered, type Exporter, type ExporterDefinition } from '@telemetryflow/kernel';
import { type DebugConfig, schema } from './config.ts';
import { encodeBatch } from './encode.ts';
import { print, sampler } from './print.ts';

export type { DebugConfig } from './config.ts';

export interface DebugExporterOptions {
  /** Where to print instead of the configured output. */
  readonly stream?: Writable;
}

/** A debug exporter that prints to a stream of the caller's; the default export prints to stdout or stderr. */
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

const debug: ExporterDefinition = debugExporter();
export default debug;
