/**
 * From finished spans of the SDK to a server in another process, through a pipeline with otlp_http, against the SDK's
 * BatchSpanProcessor with its OTLP http/protobuf exporter. Then, with default options: nothing is lost at 50,000 spans
 * a second and 20 ms of round trip, no turn of the event loop is held up for long by our code, nor longer than by the
 * peer's when the garbage collector's pauses count, and what a queued span weighs.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace';
import otlpHttp from '@telemetryflow/exporter-otlp-http';
import { createPipeline, type Pipeline } from '@telemetryflow/kernel';
import { asRecords } from '@telemetryflow/otlp';
import { fromConfig } from '@telemetryflow/sdk';
import { type LongestTurns, longestTurns } from './loop/longest.ts';
import { ITEMS_PER_BATCH, spanBatches } from './payloads/sdk-batches.ts';
import { startSink } from './sink/http.ts';
import { bench, median, type Run, report } from './suite.ts';

const HANDOVER = ITEMS_PER_BATCH.traces;
/** Hand-overs of one call of a run, each from another batch. */
const HANDOVERS = 8;
const ROUNDS = 7;

const sink = (delayMs = 0) => startSink({ type: 'application/x-protobuf', delayMs });

async function pipelineTo(endpoint: string, options: Readonly<Record<string, unknown>> = {}): Promise<Pipeline> {
  const exporters = { otlp_http: { endpoint, ...options } };
  const pipeline = await createPipeline({ exporters }, { plugins: [otlpHttp] });
  await pipeline.start();
  return pipeline;
}

const records = () => spanBatches().map((batch) => asRecords('traces', batch));

async function ours(compression: 'none' | 'gzip'): Promise<Run> {
  const pipeline = await pipelineTo(await sink(), { compression });
  const batches = records();
  return async () => {
    for (const batch of batches) await pipeline.consume({ signal: 'traces', records: batch });
    const { pending, dropped } = await pipeline.forceFlush();
    if (pending + dropped > 0) throw new Error(`${pending} spans are pending, ${dropped} were dropped`);
  };
}

/** Span by span, as an SDK calls its processors. */
async function oursBySpan(): Promise<Run> {
  const exporters = { otlp_http: { endpoint: await sink(), compression: 'none' } };
  const telemetry = fromConfig({ exporters }, { plugins: [otlpHttp] });
  await telemetry.pipeline;
  const [processor] = telemetry.spanProcessors;
  const batches = records();
  return async () => {
    for (const spans of batches) for (const span of spans) processor?.onEnd(span);
    const { pending, dropped } = await telemetry.forceFlush();
    if (pending + dropped > 0) throw new Error(`${pending} spans are pending, ${dropped} were dropped`);
  };
}

type Options = NonNullable<ConstructorParameters<typeof OTLPTraceExporter>[0]>;

async function peer(compression: 'none' | 'gzip'): Promise<Run> {
  const url = `${await sink()}/v1/traces`;
  // An enum of a package that is not a dependency here; these are its values.
  const exporter = new OTLPTraceExporter({ url, compression: compression as NonNullable<Options['compression']> });
  const processor = new BatchSpanProcessor({
    exporter,
    maxQueueSize: 2 * HANDOVERS * HANDOVER,
    maxExportBatchSize: HANDOVER,
  });
  const batches = spanBatches();
  return async () => {
    for (const spans of batches) for (const span of spans) processor.onEnd(span);
    await processor.forceFlush();
  };
}

await bench([
  {
    name: 'push, traces, not compressed',
    items: HANDOVERS * HANDOVER,
    ours: () => ours('none'),
    peer: () => peer('none'),
    floor: 3,
    goal: 4,
  },
  {
    name: 'push, traces, span by span through the sdk',
    items: HANDOVERS * HANDOVER,
    ours: oursBySpan,
    peer: () => peer('none'),
    floor: 3,
    goal: 4,
  },
  {
    name: 'push, traces, gzip',
    items: HANDOVERS * HANDOVER,
    ours: () => ours('gzip'),
    peer: () => peer('gzip'),
    floor: 2,
    goal: 3,
  },
]);

const batches = records();
const peerBatches = spanBatches();

/** Hands over `perSecond` spans a second for two seconds, one batch a turn, as they are due; returns how many. */
async function feed(perSecond: number, hand: (batch: number) => void): Promise<number> {
  const started = performance.now();
  let handed = 0;
  while (handed < perSecond * 2) {
    if (handed + HANDOVER <= ((performance.now() - started) / 1000) * perSecond) {
      hand((handed / HANDOVER) % batches.length);
      handed += HANDOVER;
    }
    await sleep(1);
  }
  return handed;
}

async function atRate(perSecond: number): Promise<LongestTurns & { readonly lost: number }> {
  const pipeline = await pipelineTo(await sink(20));
  let handed = 0;
  const turns = await longestTurns(async () => {
    handed = await feed(perSecond, (batch) => {
      // A refused batch was not delivered: it counts as lost.
      pipeline.consume({ signal: 'traces', records: batches[batch] ?? [] }).catch(() => undefined);
    });
  });
  const { delivered } = await pipeline.shutdown();
  return { lost: handed - delivered, ...turns };
}

const FULL = 40;

/** A queue of 20,480 spans, flushed. */
async function flushOfAFullQueue(): Promise<LongestTurns> {
  const pipeline = await pipelineTo(await sink());
  for (let i = 0; i < FULL; i++) {
    await pipeline.consume({ signal: 'traces', records: batches[i % batches.length] ?? [] });
  }
  let pending = 0;
  const turns = await longestTurns(async () => {
    ({ pending } = await pipeline.forceFlush());
  });
  await pipeline.shutdown();
  if (pending > 0) throw new Error(`${pending} spans are still pending`);
  return turns;
}

/** The SDK's processor with room for all that is handed over. */
async function peerProcessor(delayMs: number): Promise<BatchSpanProcessor> {
  const exporter = new OTLPTraceExporter({
    url: `${await sink(delayMs)}/v1/traces`,
    compression: 'gzip' as NonNullable<Options['compression']>,
    // It flushes all of its queue at once, and refuses more than 30 requests at a time.
    concurrencyLimit: FULL,
  });
  return new BatchSpanProcessor({ exporter, maxQueueSize: 200_000, maxExportBatchSize: HANDOVER });
}

async function peerAtRate(perSecond: number): Promise<LongestTurns> {
  const processor = await peerProcessor(20);
  return longestTurns(async () => {
    await feed(perSecond, (batch) => {
      for (const span of peerBatches[batch] ?? []) processor.onEnd(span);
    });
  });
}

async function peerFlush(): Promise<LongestTurns> {
  const processor = await peerProcessor(0);
  for (let i = 0; i < FULL; i++) for (const span of peerBatches[i % batches.length] ?? []) processor.onEnd(span);
  return longestTurns(() => processor.forceFlush());
}

async function memory(): Promise<number> {
  // Buffers are let go of only after the collection that finds them unused.
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.();
    await sleep(20);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Bytes per span in the queue of a server that does not answer, once the SDK has let go of them. */
async function queuedSpan(): Promise<number> {
  const pipeline = await pipelineTo(await sink(600_000), { timeout: '10m' });
  const before = await memory();
  let spans = 0;
  for (let i = 0; i < 5; i++) {
    for (const batch of records()) {
      await pipeline.consume({ signal: 'traces', records: batch });
      spans += batch.length;
    }
    // The queue encodes what waits in turns.
    for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
  const bytes = ((await memory()) - before) / spans;
  return bytes;
}

const rounds = async <T>(run: () => Promise<T>): Promise<T[]> => {
  await run();
  const results: T[] = [];
  for (let i = 0; i < ROUNDS; i++) results.push(await run());
  return results;
};

report({ name: 'push, a queued span', ours: await queuedSpan(), peer: 900, unit: 'B', floor: 1, goal: 900 / 650 });
const turnOf = (results: readonly LongestTurns[], of: keyof LongestTurns): number =>
  median(results.map((one) => one[of]));

for (const perSecond of [50_000, 100_000]) {
  const results = await rounds(() => atRate(perSecond));
  const lost = Math.max(...results.map((one) => one.lost));
  const name = `push, ${perSecond / 1000}k spans/s, 20 ms away`;
  report({ name: `${name}: lost`, ours: lost, peer: 0, unit: 'spans', ratio: lost === 0 ? 1 : 0, floor: 1 });
  if (perSecond > 50_000) continue;
  const [ours, peers] = [turnOf(results, 'all'), turnOf(await rounds(() => peerAtRate(perSecond)), 'all')];
  const own = turnOf(results, 'own');
  report({ name: `${name}: longest turn`, ours: own, peer: 1.5, unit: 'ms', floor: 1, goal: 1.5 });
  report({ name: `${name}: the same with collections`, ours, peer: peers, unit: 'ms', floor: 1 });
}
const flushes = await rounds(flushOfAFullQueue);
const flush = 'push, flush of a full queue';
report({
  name: `${flush}: longest turn`,
  ours: turnOf(flushes, 'own'),
  peer: 2,
  unit: 'ms',
  floor: 1,
  goal: 2,
});
report({
  name: `${flush}: the same with collections`,
  ours: turnOf(flushes, 'all'),
  peer: turnOf(await rounds(peerFlush), 'all'),
  unit: 'ms',
  floor: 1,
});
process.exit();
