/**
 * The fault run: many items through one exporter while its backend misbehaves at random. Proves that the ledger adds
 * up, that nothing is lost, that duplicates stay within what at-least-once allows, and that memory is bounded.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { RecordOf, Signal } from '@telemetryflow/otlp';
import type { Answer } from '../backend/answer.ts';
import type { RecordedRequest } from '../backend/request.ts';
import type { ContractOptions } from '../contract/options.ts';
import { type Asked, faulty, type Rig, type Ruling, startRig } from '../contract/rig.ts';
import { recordsOf } from '../data/items.ts';
import { type Random, seededRandom } from '../random.ts';

/** The input of {@link runFaults}. */
export interface FaultRunOptions<Q = RecordedRequest, A = Answer>
  extends Pick<ContractOptions<Q, A>, 'definition' | 'config' | 'backend' | 'notApplicable' | 'requestsPerSend'> {
  readonly signal: Signal;
  /** How many items to send. */
  readonly items: number;
  readonly seed: number;
  /** Items handed over at once. Default 500. */
  readonly batch?: number;
  /** Most bytes that live objects may take up in addition, the run's own books included; default 96 MiB. */
  readonly maxGrowth?: number;
}

const FAULT_KINDS = [
  'taken',
  'refused in the outage',
  'throttled',
  'throttled with delay',
  'server error',
  'partial refusal',
  'partial retry',
  'reset',
  'reset after taking',
  'stall',
  'stall after taking',
] as const;
/** What the backend did with one request. */
export type FaultKind = (typeof FAULT_KINDS)[number];

/** The result of a fault run that held. */
export interface FaultReport {
  readonly items: number;
  readonly delivered: number;
  readonly dropped: Readonly<Partial<Record<string, number>>>;
  readonly requests: number;
  /** Requests by what was done with them. */
  readonly faults: Readonly<Record<FaultKind, number>>;
  /** Deliveries beyond the first of an item, and the most that ambiguous answers can explain. */
  readonly duplicates: number;
  readonly duplicatesAllowed: number;
  /** Most bytes that live objects took up in addition, the run's own books included. */
  readonly growth: number;
  /** Milliseconds of the chain's own time, and of real time. */
  readonly chainMs: number;
  readonly realMs: number;
}

/**
 * Of the items: where the outage begins and ends. It is over after a while in any case: all items are dated at the
 * start of the run, and there are backends that take nothing older than an hour.
 */
const OUTAGE = { from: 0.4, to: 0.6, refused: 0.9, longestMs: 1_200_000 };
const DEFAULT_GROWTH = 96 * 1024 * 1024;

/**
 * Run; rejects with everything that did not hold.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpHttp from '@telemetryflow/exporter-otlp-http';
 * import {
 *   type FaultKind,
 *   type FaultReport,
 *   type FaultRunOptions,
 *   OTLP_PROFILE,
 *   runFaults,
 * } from '@telemetryflow/testkit';
 *
 * const options: FaultRunOptions = {
 *   definition: otlpHttp,
 *   config: ({ url }) => ({ endpoint: url, retry: { max_elapsed: '0s' } }),
 *   backend: OTLP_PROFILE,
 *   signal: 'logs',
 *   items: 500,
 *   batch: 50,
 *   seed: 7,
 * };
 * const report: FaultReport = await runFaults(options);
 * const lostAnswer: FaultKind = 'reset after taking'; // its items come twice
 * assert.ok(report.faults[lostAnswer] <= report.requests);
 * assert.ok(report.duplicates <= report.duplicatesAllowed);
 * ```
 */
export async function runFaults<Q = RecordedRequest, A = Answer>(options: FaultRunOptions<Q, A>): Promise<FaultReport> {
  const random = seededRandom(options.seed);
  const faults = Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0])) as Record<FaultKind, number>;
  const handed = { over: 0 };
  let ambiguous = 0;
  let outageAt: number | undefined;
  const began = performance.now();
  const script = (asked: Asked<Q>): Ruling<A> => {
    const share = handed.over / options.items;
    const now = rig.clock.monotonic();
    const due = share > OUTAGE.from && share < OUTAGE.to;
    if (due) outageAt ??= now;
    const kind = choose(options, random, due && now - (outageAt ?? now) < OUTAGE.longestMs);
    faults[kind]++;
    if (kind.endsWith('after taking')) ambiguous += asked.ids.length;
    return rule(options, asked, kind, random);
  };
  const rig = await startRig<Q, A>(options, options.signal, script, { forgetBodies: true });
  try {
    const growth = await feed(rig, options, handed);
    await rig.settle();
    const chainMs = rig.clock.monotonic();
    await rig.shutdown();
    const report = {
      items: options.items,
      delivered: rig.chain.ledger().delivered,
      dropped: rig.chain.ledger().dropped,
      requests: rig.askedAt.length,
      faults,
      duplicates: [...rig.books.accepted.values()].reduce((sum, times) => sum + times - 1, 0),
      duplicatesAllowed: ambiguous,
      growth,
      chainMs,
      realMs: Math.round(performance.now() - began),
    };
    judge(rig, report, options.maxGrowth ?? DEFAULT_GROWTH);
    return report;
  } finally {
    await rig.dispose();
  }
}

async function feed<Q, A>(rig: Rig<Q, A>, options: FaultRunOptions<Q, A>, handed: { over: number }): Promise<number> {
  const size = options.batch ?? 500;
  const collect = garbageCollector();
  const before = held(collect);
  let growth = 0;
  for (let batches = 0; handed.over < options.items; batches++) {
    const n = Math.min(size, options.items - handed.over);
    const records: RecordOf[Signal][] = recordsOf(options.signal, n, { variety: 'plain', from: handed.over });
    // A few requests wait at any time: the run is about faults, not about a full queue.
    await rig.until(() => rig.chain.occupancy().requests < 16, 'ready for more');
    await rig.deliver(records);
    handed.over += n;
    if (batches % 16 === 15) growth = Math.max(growth, held(collect) - before);
  }
  return growth;
}

/** Bytes that live objects hold. */
function held(collect: () => void): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** A full collection, whether or not the process was started with `--expose-gc`. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

function choose<Q, A>(options: FaultRunOptions<Q, A>, random: Random, outage: boolean): FaultKind {
  if (outage) return random() < OUTAGE.refused ? 'refused in the outage' : 'taken';
  const { backend, notApplicable } = options;
  const dice = random();
  if (dice < 0.55) return 'taken';
  if (dice < 0.63) return 'server error';
  if (dice < 0.68) return backend.throttle === undefined ? 'server error' : 'throttled with delay';
  if (dice < 0.72) return backend.throttle === undefined ? 'server error' : 'throttled';
  if (dice < 0.8) return backend.partial === undefined ? 'taken' : 'partial refusal';
  if (dice < 0.88) return backend.partialRetry === undefined ? 'taken' : 'partial retry';
  if (notApplicable?.faults !== undefined) return 'server error';
  if (dice < 0.91) return 'reset';
  if (dice < 0.94) return 'reset after taking';
  return dice < 0.97 ? 'stall' : 'stall after taking';
}

function rule<Q, A>(options: FaultRunOptions<Q, A>, asked: Asked<Q>, kind: FaultKind, random: Random): Ruling<A> {
  const { backend } = options;
  const { request, ids } = asked;
  const some = ids.filter(() => random() < 0.1);
  const others = (): string[] => ids.filter((id) => !some.includes(id));
  const chosen = new Set(some);
  switch (kind) {
    case 'taken':
      return { answer: backend.success(request), accepted: ids };
    case 'refused in the outage':
    case 'server error':
      return { answer: backend.transient(request) };
    case 'throttled':
      return { answer: backend.throttle?.(request, 0) ?? backend.transient(request) };
    case 'throttled with delay':
      return { answer: backend.throttle?.(request, 1000 * Math.ceil(random() * 5)) ?? backend.transient(request) };
    case 'partial refusal':
      if (backend.partial === undefined || some.length === 0)
        return { answer: backend.success(request), accepted: ids };
      return { answer: backend.partial(request, chosen), accepted: others(), refused: some };
    case 'partial retry':
      if (backend.partialRetry === undefined || some.length === 0)
        return { answer: backend.success(request), accepted: ids };
      return { answer: backend.partialRetry(request, chosen), accepted: others() };
    case 'reset':
      return { answer: faulty(options, backend.success(request), 'reset') };
    case 'reset after taking':
      return { answer: faulty(options, backend.success(request), 'reset'), accepted: ids };
    case 'stall':
      return { answer: faulty(options, backend.success(request), 'stall'), stalls: true };
    case 'stall after taking':
      return { answer: faulty(options, backend.success(request), 'stall'), stalls: true, accepted: ids };
  }
}

function judge<Q, A>(rig: Rig<Q, A>, report: FaultReport, maxGrowth: number): void {
  const problems: string[] = [...rig.recorder.problems];
  const { books, entered } = rig;
  const lost = entered.filter((id) => !books.accepted.has(id) && !books.refused.has(id));
  if (lost.length > 0) problems.push(`${lost.length} items were lost, the first is ${lost[0]}`);
  const dropped = Object.values(report.dropped).reduce<number>((sum, count) => sum + (count ?? 0), 0);
  if (report.delivered + dropped !== report.items) {
    problems.push(`${report.delivered} delivered and ${dropped} dropped of ${report.items} items`);
  }
  const refused = [...books.refused].filter((id) => !books.accepted.has(id)).length;
  if (dropped > books.refused.size || dropped < refused) {
    problems.push(`${dropped} items were dropped, the backend refused ${books.refused.size}`);
  }
  if (report.duplicates > report.duplicatesAllowed) {
    problems.push(`${report.duplicates} duplicates, ambiguous answers explain ${report.duplicatesAllowed}`);
  }
  if (report.growth > maxGrowth) problems.push(`memory grew by ${report.growth} bytes`);
  for (const stray of rig.observer.strays) problems.push(`an error escaped into the host: ${String(stray)}`);
  if (problems.length > 0)
    throw new Error(`The fault run broke:\n- ${problems.join('\n- ')}\n${JSON.stringify(report)}`);
}
