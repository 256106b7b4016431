/**
 * From finished spans of the SDK to a server in another process, through a pipeline with otlp_http, against the SDK's
 * BatchSpanProcessor with its OTLP http/protobuf exporter. Then, with default options: nothing is lost at 50,000 spans
 * a second and 20 ms of round trip, no turn of the event loop is held up for long, and what a queued span weighs.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace';
import otlpHttp from '@telemetryflow/exporter-otlp-http';
import { createPipeline, type Pipeline } from '@telemetryflow/kernel';
import { asRecords } from '@telemetryflow/otlp';
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
    name: 'push, traces, gzip',
    items: HANDOVERS * HANDOVER,
    ours: () => ours('gzip'),
    peer: () => peer('gzip'),
    floor: 2,
    goal: 3,
  },
]);

/** Microseconds of CPU of this thread. */
function threadCpu(): number {
  // A kernel with tick accounting charges a running thread every 4 ms only. Asking for the process charges it now.
  process.cpuUsage();
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

/**
 * The longest turn of the event loop while `work` runs, in milliseconds of CPU of this thread, garbage collection
 * included: what another process takes away in between does not count.
 */
async function longestTurn(work: () => Promise<void>): Promise<number> {
  let longest = 0;
  let running = true;
  let before = threadCpu();
  const turn = (): void => {
    longest = Math.max(longest, threadCpu() - before);
    before = threadCpu();
    if (running) setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  running = false;
  return longest / 1000;
}

const batches = records();

/** Hands over `perSecond` spans a second for `seconds`, one batch a turn, as they are due; returns how many. */
async function feed(pipeline: Pipeline, perSecond: number, seconds: number): Promise<number> {
  const started = performance.now();
  let handed = 0;
  while (handed < perSecond * seconds) {
    if (handed + HANDOVER <= ((performance.now() - started) / 1000) * perSecond) {
      const batch = batches[(handed / HANDOVER) % batches.length] ?? [];
      // A refused batch was not delivered: it counts as lost.
      pipeline.consume({ signal: 'traces', records: batch }).catch(() => undefined);
      handed += HANDOVER;
    }
    await sleep(1);
  }
  return handed;
}

async function atRate(perSecond: number): Promise<{ lost: number; turn: number }> {
  const pipeline = await pipelineTo(await sink(20));
  let handed = 0;
  const turn = await longestTurn(async () => {
    handed = await feed(pipeline, perSecond, 2);
  });
  const { delivered } = await pipeline.shutdown();
  return { lost: handed - delivered, turn };
}

const FULL = 40;

/** A queue of 20,480 spans, flushed. */
async function flushOfAFullQueue(): Promise<number> {
  const pipeline = await pipelineTo(await sink());
  for (let i = 0; i < FULL; i++) {
    await pipeline.consume({ signal: 'traces', records: batches[i % batches.length] ?? [] });
  }
  let pending = 0;
  const turn = await longestTurn(async () => {
    ({ pending } = await pipeline.forceFlush());
  });
  await pipeline.shutdown();
  if (pending > 0) throw new Error(`${pending} spans are still pending`);
  return turn;
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
    await sleep(50);
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
for (const perSecond of [50_000, 100_000]) {
  const results = await rounds(() => atRate(perSecond));
  const lost = Math.max(...results.map((one) => one.lost));
  const turn = median(results.map((one) => one.turn));
  const name = `push, ${perSecond / 1000}k spans/s, 20 ms away`;
  report({ name: `${name}: lost`, ours: lost, peer: 0, unit: 'spans', ratio: lost === 0 ? 1 : 0, floor: 1 });
  if (perSecond === 50_000)
    report({ name: `${name}: longest turn`, ours: turn, peer: 1.5, unit: 'ms', floor: 1, goal: 1.5 });
}
const flush = median(await rounds(flushOfAFullQueue));
report({ name: 'push, flush of a full queue: longest turn', ours: flush, peer: 2, unit: 'ms', floor: 1, goal: 2 });
process.exit();
