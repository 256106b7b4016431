/**
 * What every bench file shares: contests, rounds, medians, and the row that is printed.
 *
 * To add a bench, write `test/bench/<name>.ts`; `npm run bench` finds it, `npm run bench -- <name>` runs it alone.
 * (Helpers live in folders beside it: every other file here is a bench.)
 *
 *     import { bench } from './suite.ts';
 *
 *     await bench([
 *       {
 *         name: 'Loki push body, JSON',
 *         items: 512,                        // that one call of a run handles
 *         ours: () => { const batches = …; return (round) => encode(batches[round % 8]); },
 *         peer: () => { const batches = …; return (round) => transport.send(batches[round % 8]); },
 *         floor: 1.6,                        // the least ratio of the peer's CPU time to ours
 *         goal: 2.5,
 *       },
 *     ]);
 *
 * Each contestant is made and run in a process of its own, so nobody warms or spoils the other's caches; rounds
 * alternate, and the ratio is the median of rounds that follow each other, so it holds on a busy machine. Rotate at
 * least eight different payloads: with one, most encoders look 20 to 50 % faster than they are. What talks to a server
 * starts it in another process (`startSink` of sink/http.ts): CPU is that of the contestant alone, all its threads.
 * Keep what comes before `bench(…)` cheap, it runs in every process. A measurement of another kind, after it, gives its
 * rows to `report`.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

/** One call handles `items` items; `round` counts up, to rotate payloads by. */
export type Run = (round: number) => unknown;

export interface Contest {
  readonly name: string;
  readonly items: number;
  readonly ours: () => Run | Promise<Run>;
  readonly peer: () => Run | Promise<Run>;
  readonly floor: number;
  readonly goal?: number;
}

/** A measurement with its verdict: the ratio (peer / ours, more is better) is not under the floor. */
export interface Row {
  readonly name: string;
  readonly ours: number;
  /** What ours is held against: a peer's figure in the same run, or a budget, whose floor is 1. */
  readonly peer: number;
  readonly unit: string;
  readonly floor: number;
  readonly goal?: number;
  /** When it is not simply peer / ours, as with a median of ratios. */
  readonly ratio?: number;
}

/** What a bench file tells `run.ts`. */
export type Message = { readonly row: Row } | { readonly notMeasured: string };

const ROUNDS = 9;
const ROUND_MS = 300;
const WARM_UP_MS = 1000;
const WARM_AGAIN_MS = 100;
const CONTESTANT = '--contestant';

/** Runs the contests one after the other; alone with a text as argument, only those whose names contain it. */
export async function bench(contests: readonly Contest[]): Promise<void> {
  const [, , flag, name, side] = process.argv;
  if (flag === CONTESTANT) return contend(contests, name ?? '', side === 'ours' ? 'ours' : 'peer');
  for (const contest of contests) {
    if (flag === undefined || contest.name.includes(flag)) report(await duel(contest));
  }
}

/** Gives a row to `run.ts`, or prints it when the file runs alone; exit code 1 when the floor is missed. */
export function report(row: Row): void {
  if (isShort(row)) process.exitCode = 1;
  if (process.send === undefined) console.log(line(row));
  else process.send({ row } satisfies Message);
}

/** Says that something could not be measured, and why. */
export function notMeasured(sentence: string): void {
  if (process.send === undefined) console.log(`not measured: ${sentence}`);
  else process.send({ notMeasured: sentence } satisfies Message);
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

export function ratioOf(row: Row): number {
  return row.ratio ?? row.peer / row.ours;
}

/** A ratio that is no number is short too. */
export function isShort(row: Row): boolean {
  return !(ratioOf(row) >= row.floor);
}

/** Three significant digits; large figures whole. */
export function figure(value: number): string {
  return Math.abs(value) >= 100 || value === 0 ? value.toFixed(0) : value.toPrecision(3);
}

export const HEADER: string = columns('', 'ours', 'peer', '', 'ratio', 'floor', 'goal', '');

/** `name  ours  peer  ratio  floor  goal  ok|SHORT`. */
export function line(row: Row): string {
  const { name, ours, peer, unit, floor, goal } = row;
  const ratio = `${ratioOf(row).toFixed(2)}x`;
  const aim = goal === undefined ? '-' : figure(goal);
  return columns(name, figure(ours), figure(peer), unit, ratio, figure(floor), aim, isShort(row) ? 'SHORT' : 'ok');
}

function columns(name: string, ours: string, peer: string, unit: string, ...rest: readonly string[]): string {
  const [ratio = '', floor = '', goal = '', verdict = ''] = rest;
  return `${name.padEnd(52)} ${ours.padStart(8)} ${peer.padStart(8)} ${unit.padEnd(10)} ${ratio.padStart(8)} ${floor.padStart(6)} ${goal.padStart(6)}  ${verdict}`.trimEnd();
}

async function duel(contest: Contest): Promise<Row> {
  const { name, floor, goal } = contest;
  const sides = await Promise.all([start(name, 'ours'), start(name, 'peer')]);
  try {
    const rounds: [number[], number[]] = [[], []];
    for (const side of sides) await round(side, WARM_UP_MS);
    for (let n = 0; n < ROUNDS; n++) {
      // Whoever is first alternates.
      for (const turn of n % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
        rounds[turn].push(await round(sides[turn], ROUND_MS));
      }
    }
    const ratio = median(rounds[0].map((ours, n) => (rounds[1][n] ?? Number.NaN) / ours));
    const row = { name, ours: median(rounds[0]), peer: median(rounds[1]), unit: 'ns/item', ratio, floor };
    return goal === undefined ? row : { ...row, goal };
  } finally {
    for (const side of sides) side.disconnect();
  }
}

async function start(name: string, side: 'ours' | 'peer'): Promise<ChildProcess> {
  const file = path.resolve(process.argv[1] ?? '');
  const execArgv = ['--expose-gc', '--conditions=@telemetryflow/source', '--no-warnings'];
  const child = fork(file, [CONTESTANT, name, side], { execArgv });
  await answer(child);
  return child;
}

async function round(child: ChildProcess, milliseconds: number): Promise<number> {
  child.send(milliseconds);
  return Number(await answer(child));
}

async function answer(child: ChildProcess): Promise<unknown> {
  const done = new AbortController();
  const died = once(child, 'exit', { signal: done.signal }).then(([code]) => {
    throw new Error(`A contestant ended with code ${code}.`);
  });
  died.catch(() => undefined);
  try {
    const [message] = await Promise.race([once(child, 'message', { signal: done.signal }), died]);
    return message;
  } finally {
    done.abort();
  }
}

/** The contestant's process: answers each message, a number of milliseconds, with a measured round; never returns. */
async function contend(contests: readonly Contest[], name: string, side: 'ours' | 'peer'): Promise<never> {
  const contest = contests.find((one) => one.name === name);
  if (contest === undefined) throw new Error(`There is no contest "${name}".`);
  process.on('disconnect', () => process.exit());
  const run = await contest[side]();
  process.on('message', async (milliseconds: number) => {
    process.send?.(await measure(run, contest.items, milliseconds));
  });
  process.send?.('ready');
  return new Promise(() => undefined);
}

/** Nanoseconds of CPU per item, over this many milliseconds of CPU. */
async function measure(run: Run, items: number, milliseconds: number): Promise<number> {
  globalThis.gc?.();
  // A collection that finds nothing on its way drops the code made for it, that of Node.js itself too, which a service
  // under load does not see: it is made again before anything counts.
  await spend(run, WARM_AGAIN_MS);
  const { calls, spent } = await spend(run, milliseconds);
  return (spent * 1000) / (calls * items);
}

/** Calls for this many milliseconds of CPU: how often, and what that took in microseconds. */
async function spend(run: Run, milliseconds: number): Promise<{ readonly calls: number; readonly spent: number }> {
  const start = process.cpuUsage();
  let calls = 0;
  let spent = 0;
  while (spent < milliseconds * 1000) {
    // A look at the clock costs more than the fastest runs: eight calls each.
    for (const until = calls + 8; calls < until; calls++) {
      const result = run(calls);
      if (result instanceof Promise) await result;
    }
    const { user, system } = process.cpuUsage(start);
    spent = user + system;
  }
  return { calls, spent };
}
