/**
 * What the delivery chain itself costs per item, with an exporter that does nothing, and whether it keeps up: 50,000
 * and 100,000 items a second for two seconds into a backend 20 ms away, with default options, lose nothing.
 *
 *   node --expose-gc --conditions=@telemetryflow/source test/bench/delivery.ts
 *
 * Fails when the chain costs more than its ceiling, loses an item, or holds up the event loop for too long.
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

const HANDOVER = 512;
const HANDOVERS = 400;
const ROUNDS = 9;
/** ns per item, about twice what was measured; a span costs 500 and more to encode. */
const CEILING = { records: 400, otlp: 100, 'otlp x 3': 200, 'otlp, joined': 1200 } as const;

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

/** CPU nanoseconds per item and chain, the making of the batches not counted. */
async function cost(make: () => Batch, reads: 'records' | 'otlp', copies: number, joined = false): Promise<number> {
  const chains = Array.from({ length: copies }, () => chain(reads, joined, async () => delivered()));
  for (const one of chains) await one.start();
  const batches = Array.from({ length: HANDOVERS }, make);
  globalThis.gc?.();
  const before = process.cpuUsage();
  for (const batch of batches) {
    while (!hand(chains, batch)) await immediate();
    await immediate();
  }
  for (const one of chains) await one.shutdown(new AbortController().signal);
  const { user, system } = process.cpuUsage(before);
  check(chains, HANDOVERS * HANDOVER);
  return ((user + system) * 1000) / (HANDOVERS * HANDOVER);
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
      const before = performance.now();
      hand([one], batchFromRecords('traces', records) as Batch);
      longestMs = Math.max(longestMs, performance.now() - before);
      handed += HANDOVER;
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await one.shutdown(AbortSignal.timeout(10_000));
  const { delivered: arrived } = one.ledger();
  return { lost: handed - arrived, longestMs };
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

const contestants = {
  records: () => cost(() => batchFromRecords('traces', records) as Batch, 'records', 1),
  otlp: () => cost(() => batchFromOtlp('traces', bytes, HANDOVER) as Batch, 'otlp', 1),
  'otlp x 3': () => cost(() => batchFromOtlp('traces', bytes, HANDOVER) as Batch, 'otlp', 3),
  'otlp, joined': () => cost(() => batchFromOtlp('traces', bytes, HANDOVER) as Batch, 'otlp', 1, true),
} as const;

async function main(): Promise<void> {
  const names = Object.keys(contestants) as (keyof typeof contestants)[];
  const results = new Map(names.map((name) => [name, [] as number[]]));
  for (let round = 0; round < ROUNDS; round++)
    for (const name of names) results.get(name)?.push(await contestants[name]());
  for (const name of names) {
    const ns = median(results.get(name) ?? []);
    console.log(`chain, ${name.padEnd(12)} ${ns.toFixed(1).padStart(7)} ns/item  (ceiling ${CEILING[name]})`);
    if (ns > CEILING[name]) process.exitCode = 1;
  }
  for (const perSecond of [50_000, 100_000]) {
    const { lost, longestMs } = await keepUp(perSecond);
    console.log(`${perSecond} items/s, 20 ms away: ${lost} lost, longest hand-over ${longestMs.toFixed(2)} ms`);
    if (lost > 0) process.exitCode = 1;
  }
}

await main();
