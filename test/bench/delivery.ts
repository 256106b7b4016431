/**
 * What the delivery chain itself costs per item, with an exporter that does nothing, against encoding the same items
 * once; and whether it keeps up: 50,000 and 100,000 items a second for two seconds into a backend 20 ms away, with
 * default options, lose nothing.
 */
import { metrics as otelMetrics } from '@opentelemetry/api';
import {
  admit,
  type Batch,
  batchFromOtlp,
  batchFromRecords,
  type Clock,
  createExporterChain,
  defineExporter,
  delivered,
  type ExporterChain,
  type Outcome,
} from '@telemetryflow/kernel';
import { encode } from '@telemetryflow/otlp';
import { spans } from '@telemetryflow/testkit';
import { threadCpu } from './loop/longest.ts';
import { bench, median, type Run, report } from './suite.ts';

const HANDOVER = 512;
const HANDOVERS = 100;
/** Runs of two seconds, to see the longest hand-over. */
const RUNS = 5;

const clock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout(callback, ms) {
    const timer = setTimeout(callback, ms);
    return { cancel: () => clearTimeout(timer) };
  },
  setInterval(callback, ms) {
    const timer = setInterval(callback, ms);
    return { cancel: () => clearInterval(timer) };
  },
};

const records = spans(HANDOVER, { variety: 'plain' });
const bytes = encode('traces', records);

/** `joined`: the exporter asks for one body of bytes, which costs a copy of them. */
function chain(reads: 'records' | 'otlp', joined: boolean, send: () => Promise<Outcome>): ExporterChain {
  return createExporterChain({
    definition: defineExporter({
      type: 'nothing',
      description: 'Takes everything.',
      config: { type: 'object', properties: {} },
      signals: { traces: 'stable' },
      reads,
      create: () => ({
        *encode(batch: Batch) {
          yield { body: joined ? batch.otlp() : batch, items: { from: 0, to: batch.count } };
        },
        send,
      }),
    }),
    config: {},
    context: {
      id: 'nothing',
      dataSignal: 'traces',
      logger: { error: console.error, warn: console.warn, info() {}, debug() {} },
      clock,
      meter: otelMetrics.getMeter('bench'),
      status: { ok() {}, recoverable() {}, permanent() {} },
      signal: new AbortController().signal,
      extension: () => undefined,
    },
  });
}

function hand(chains: readonly ExporterChain[], batch: Batch): boolean {
  try {
    for (const ticket of admit(chains, batch.count, batch.bytes)) void ticket.accept(batch);
    return true;
  } catch {
    return false;
  }
}

const immediate = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function check(chains: readonly ExporterChain[], entered: number): void {
  for (const { ledger } of chains.map((one) => ({ ledger: one.ledger() }))) {
    if (ledger.entered !== entered || ledger.delivered !== entered) {
      throw new Error(`The ledger does not add up: ${JSON.stringify({ entered, ledger })}`);
    }
  }
}

/** Each call hands batches to new chains, and ends when all of them are delivered. */
function handovers(make: () => Batch, reads: 'records' | 'otlp', copies: number, joined = false): Run {
  return async () => {
    const chains = Array.from({ length: copies }, () => chain(reads, joined, async () => delivered()));
    for (const one of chains) await one.start();
    for (let i = 0; i < HANDOVERS; i++) {
      const batch = make();
      while (!hand(chains, batch)) await immediate();
      await immediate();
    }
    for (const one of chains) await one.shutdown(new AbortController().signal);
    check(chains, HANDOVERS * HANDOVER);
  };
}

/** Hand over `perSecond` items a second for two seconds into a backend with 20 ms round trip. */
async function keepUp(perSecond: number): Promise<{ lost: number; longestMs: number }> {
  const one = chain('records', false, () => new Promise((resolve) => setTimeout(() => resolve(delivered()), 20)));
  await one.start();
  const started = performance.now();
  let handed = 0;
  let longestMs = 0;
  while (performance.now() - started < 2000) {
    const due = ((performance.now() - started) / 1000) * perSecond;
    while (handed + HANDOVER <= due) {
      const before = threadCpu();
      hand([one], batchFromRecords('traces', records) as Batch);
      longestMs = Math.max(longestMs, threadCpu() - before);
      handed += HANDOVER;
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await one.shutdown(AbortSignal.timeout(10_000));
  const { delivered: arrived } = one.ledger();
  return { lost: handed - arrived, longestMs };
}

const ofRecords = () => batchFromRecords('traces', records) as Batch;
const ofBytes = () => batchFromOtlp('traces', bytes, HANDOVER) as Batch;
const encoding = () => () => {
  for (let i = 0; i < HANDOVERS; i++) encode('traces', records);
};

await bench(
  (
    [
      { name: 'delivery chain, records', ours: () => handovers(ofRecords, 'records', 1), floor: 2 },
      { name: 'delivery chain, bytes', ours: () => handovers(ofBytes, 'otlp', 1), floor: 8 },
      { name: 'delivery chain, bytes to three exporters', ours: () => handovers(ofBytes, 'otlp', 3), floor: 4 },
      { name: 'delivery chain, bytes joined', ours: () => handovers(ofBytes, 'otlp', 1, true), floor: 0.7 },
    ] as const
  ).map((contest) => ({ ...contest, items: HANDOVERS * HANDOVER, peer: encoding })),
);

// One run warms up; then the longest of each run, median of the runs, as a turn is measured in push.
await keepUp(50_000);
for (const perSecond of [50_000, 100_000]) {
  const runs: { lost: number; longestMs: number }[] = [];
  for (let run = 0; run < RUNS; run++) runs.push(await keepUp(perSecond));
  const lost = runs.reduce((sum, each) => sum + each.lost, 0);
  const longestMs = median(runs.map((each) => each.longestMs));
  const name = `${perSecond / 1000}k items/s, 20 ms away`;
  report({ name: `${name}: lost`, ours: lost, peer: 0, unit: 'items', ratio: lost === 0 ? 1 : 0, floor: 1 });
  report({ name: `${name}: longest hand-over`, ours: longestMs, peer: 1.5, unit: 'ms', floor: 1 });
}
