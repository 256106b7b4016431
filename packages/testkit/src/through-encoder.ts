/** One exporter without a delivery chain: its configuration decoded, and what its encoder makes of a batch. */
import { createNoopMeter } from '@opentelemetry/api';
import {
  type Batch,
  type Exporter,
  type ExporterContext,
  type ExporterDefinition,
  type Payload,
  resolveConfig,
  type Undeliverable,
} from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import { FAKE_EPOCH, fakeClock } from './clock.ts';
import { onlyPlugin } from './resolve-text.ts';

/** A configuration as the pipeline would hand it to the exporter. */
export interface ConfiguredExporter {
  readonly config: unknown;
  readonly warnings: readonly string[];
}

/**
 * Decode and check the block of an exporter; rejects with all that is wrong with it.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpHttp from '@telemetryflow/exporter-otlp-http';
 * import { type ConfiguredExporter, configureExporter } from '@telemetryflow/testkit';
 *
 * const made: ConfiguredExporter = await configureExporter(otlpHttp, {
 *   endpoint: 'http://localhost:4318',
 *   timeout: '5s',
 * });
 * assert.equal((made.config as { timeout: number }).timeout, 5000);
 * await assert.rejects(configureExporter(otlpHttp, { endpont: 'http://localhost:4318' }), /endpoint/);
 * ```
 */
export async function configureExporter(
  definition: ExporterDefinition,
  block: Readonly<Record<string, unknown>>,
): Promise<ConfiguredExporter> {
  const { config, warnings } = await resolveConfig([{ object: { exporters: { [definition.type]: block } } }], {
    plugins: onlyPlugin(definition),
    env: {},
  });
  return {
    config: config.exporters.get(definition.type)?.config,
    warnings: warnings.map(({ message }) => message),
  };
}

/**
 * The exporter for one signal, not started; `surroundings` stand in for a silent context with a fake clock.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpHttp from '@telemetryflow/exporter-otlp-http';
 * import { batchFromRecords } from '@telemetryflow/kernel';
 * import { exporterFor, FAKE_EPOCH, fakeOtlp, logs } from '@telemetryflow/testkit';
 *
 * const backend = await fakeOtlp();
 * const exporter = await exporterFor(otlpHttp, { endpoint: backend.url }, 'logs');
 * const batch = batchFromRecords('logs', logs(2));
 * for (const each of exporter.encode(batch, { now: FAKE_EPOCH, id: 'batch', mode: undefined })) {
 *   if (each === undefined || 'dropped' in each) continue;
 *   await exporter.send(each, { signal: AbortSignal.timeout(10_000), attempt: 1 });
 * }
 * await exporter.stop?.();
 * await backend.close();
 * assert.deepEqual(backend.items.logs, ['item-0', 'item-1']);
 * ```
 */
export async function exporterFor(
  definition: ExporterDefinition,
  block: Readonly<Record<string, unknown>>,
  signal: Signal,
  surroundings: Partial<ExporterContext> = {},
): Promise<Exporter> {
  const { config } = await configureExporter(definition, block);
  const silent = (): void => undefined;
  return definition.create(config, {
    id: definition.type,
    dataSignal: signal,
    logger: { error: silent, warn: silent, info: silent, debug: silent },
    clock: fakeClock(),
    meter: createNoopMeter(),
    status: { ok: silent, recoverable: silent, permanent: silent },
    signal: new AbortController().signal,
    extension: () => undefined,
    ...surroundings,
  });
}

/** What an encoder made of a batch. */
export interface EncodedBatch {
  readonly payloads: readonly Payload[];
  readonly drops: readonly Undeliverable[];
}

/**
 * Encode a batch; `now` is the time of encoding, default where `fakeClock` starts.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpHttp from '@telemetryflow/exporter-otlp-http';
 * import { batchFromRecords } from '@telemetryflow/kernel';
 * import { type EncodedBatch, logs, throughEncoder } from '@telemetryflow/testkit';
 *
 * const batch = batchFromRecords('logs', logs(2, { variety: 'plain' }));
 * const made: EncodedBatch = await throughEncoder(otlpHttp, { endpoint: 'http://localhost:4318' }, batch);
 * assert.deepEqual([made.payloads.length, made.drops.length], [1, 0]);
 * ```
 */
export async function throughEncoder(
  definition: ExporterDefinition,
  block: Readonly<Record<string, unknown>>,
  batch: Batch,
  { now = FAKE_EPOCH, mode }: { readonly now?: number; readonly mode?: unknown } = {},
): Promise<EncodedBatch> {
  const exporter = await exporterFor(definition, block, batch.signal);
  const payloads: Payload[] = [];
  const drops: Undeliverable[] = [];
  for (const each of exporter.encode(batch, { now, id: 'batch', mode })) {
    if (each === undefined) continue;
    if ('dropped' in each) drops.push(each);
    else payloads.push(each);
  }
  return { payloads, drops };
}
