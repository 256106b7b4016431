/** What the end-to-end tests of OTLP backends share: three signals through one exporter, and what a Collector made of them. */
import { createPipeline } from '@telemetryflow/kernel';
import { encode, jsonFromProtobuf, type RecordOf, type Signal } from '@telemetryflow/otlp';
import { logs, metrics, spans } from '@telemetryflow/testkit';
import { itemTexts } from './compare.ts';
import type { Collector } from './referees/collector.ts';
import { eventually } from './referees/server.ts';

export type Telemetry = { readonly [S in Signal]?: readonly RecordOf[S][] };

/** Spans, points and log records of every shape. */
export const ALL_SIGNALS: Telemetry = { traces: spans(300), metrics: metrics(300), logs: logs(300) };

/** Sends it through one exporter and shuts down; resolves to the exporter's own count. */
export async function sendAll(exporters: Readonly<Record<string, object>>, telemetry: Telemetry = ALL_SIGNALS) {
  const pipeline = await createPipeline({ exporters } as never);
  await pipeline.start();
  for (const [signal, records] of Object.entries(telemetry)) await pipeline.consume({ signal, records } as never);
  return pipeline.shutdown({ timeoutMs: 10_000 });
}

/** The telemetry as the texts of its items, as `itemTexts` makes them of what a Collector has written. */
export function textsOf(telemetry: Telemetry): string[] {
  const requests = Object.entries(telemetry).map(([signal, records]) => {
    const json = jsonFromProtobuf(signal as Signal, encode(signal as Signal, records as never));
    return JSON.parse(Buffer.from(json).toString()) as Record<string, unknown>;
  });
  return itemTexts(requests);
}

/** Waits until the Collector has written `count` items from request number `from` on. */
export function receivedTexts(collector: Collector, count: number, from = 0): Promise<string[]> {
  return eventually(async () => {
    const texts = itemTexts(collector.received().slice(from));
    return texts.length >= count ? texts : undefined;
  });
}
