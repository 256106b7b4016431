/** Sends one item of each signal through an exporter as it is configured, and watches what happens. */
import {
  type Configured,
  createPipelineFrom,
  type ExporterDefinition,
  enabledSignals,
  type Resolution,
} from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import { type Exchange, watchExchanges } from './exchanges.ts';
import { itemOf } from './item.ts';

export interface Delivery {
  readonly signals: readonly Signal[];
  readonly delivered: number;
  /** By the reason of the chain, for what was dropped; `waiting` for what is to be sent again. */
  readonly refused: Readonly<Record<string, number>>;
  /** What the exporter said, without secrets: its warnings, errors and state. */
  readonly said: readonly string[];
  readonly exchanges: readonly Exchange[];
}

/** Never rejects, and ends within `timeoutMs` and a little. */
export async function deliverItems(
  exporter: Configured<ExporterDefinition>,
  resolution: Resolution,
  { nowMs, timeoutMs }: { readonly nowMs: number; readonly timeoutMs: number },
): Promise<Delivery> {
  const signals = enabledSignals(exporter.definition, exporter.config);
  const said: string[] = [];
  const { result, exchanges } = await watchExchanges(() =>
    deliver(exporter, resolution, signals, said, nowMs, timeoutMs),
  );
  return { signals, ...result, said: [...new Set(said)].map((text) => resolution.secrets.scrub(text)), exchanges };
}

async function deliver(
  exporter: Configured<ExporterDefinition>,
  resolution: Resolution,
  signals: readonly Signal[],
  said: string[],
  nowMs: number,
  timeoutMs: number,
): Promise<Pick<Delivery, 'delivered' | 'refused'>> {
  let listening = true;
  const note = (message: string, details?: unknown): void => {
    if (listening) said.push(details === undefined ? message : `${message} ${JSON.stringify(details)}`);
  };
  const logger = { error: note, warn: note, info: () => {}, debug: () => {} };
  const pipeline = createPipelineFrom(alone(exporter, resolution, signals), { logger });
  try {
    await pipeline.start();
    for (const signal of signals) await pipeline.consume(itemOf(signal, nowMs));
    const { delivered, pending, reasons } = await pipeline.forceFlush({ timeoutMs });
    for (const { message } of Object.values(pipeline.status().components))
      if (message !== undefined) said.push(message);
    return { delivered, refused: pending > 0 ? { ...reasons, waiting: pending } : reasons };
  } catch (error) {
    said.push(error instanceof Error ? error.message : String(error));
    return { delivered: 0, refused: { waiting: signals.length } };
  } finally {
    // That what still waits is given up now is no news.
    listening = false;
    await pipeline.shutdown({ timeoutMs: 0 });
  }
}

/** The configuration with this exporter only, fed by hand. */
function alone(
  exporter: Configured<ExporterDefinition>,
  resolution: Resolution,
  signals: readonly Signal[],
): Resolution {
  const none = new Map();
  const lists = { receivers: [], processors: [], exporters: [exporter.id], implicit: true, position: undefined };
  const { telemetry, shutdownTimeoutMs } = resolution.config;
  const config: Resolution['config'] = {
    receivers: none,
    processors: none,
    connectors: none,
    extensions: none,
    exporters: new Map([[exporter.id, exporter]]),
    pipelines: signals.map((signal) => ({ id: signal, signal, ...lists })),
    serviceExtensions: [],
    telemetry: { ...telemetry, metrics: { level: 'none', address: undefined } },
    shutdownTimeoutMs,
  };
  return { ...resolution, config };
}
