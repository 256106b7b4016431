/**
 * The OTLP codec against the OpenTelemetry SDK's own serializers, and against protobufjs for decoding: a process for
 * each contestant, rounds interleaved, batches rotated. Run: npm run bench, or this file alone, with names of cases
 * as arguments to run only those.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** A measured ratio: how many times faster ours is, and the least it has to be. */
export interface Ratio {
  readonly name: string;
  readonly ratio: number;
  readonly floor: number;
  readonly ours: number;
  readonly peer: number;
}

const CASES: readonly (readonly [id: string, name: string, floor: number])[] = [
  ['traces', 'OTLP protobuf encode, traces', 3],
  ['logs', 'OTLP protobuf encode, logs', 3],
  ['metrics', 'OTLP protobuf encode, metrics', 2.2],
  ['traces-json', 'OTLP JSON encode, traces', 1.3],
  ['logs-json', 'OTLP JSON encode, logs', 1.3],
  ['metrics-json', 'OTLP JSON encode, metrics', 1.3],
  ['traces-decode', 'OTLP protobuf decode, traces', 1.8],
  ['logs-decode', 'OTLP protobuf decode, logs', 1.8],
  ['metrics-decode', 'OTLP protobuf decode, metrics', 1.8],
  ['traces-estimate', 'OTLP size estimate instead of an encoding, traces', 4],
];

const ROUNDS = 9;
const ROUND_MS = 300;
const WARM_UP_MS = 1000;

/** Runs the cases (all of them by default), one after the other, and prints a line for each. */
export async function otlpCodec(ids: readonly string[] = []): Promise<Ratio[]> {
  const ratios: Ratio[] = [];
  for (const [id, name, floor] of CASES) {
    if (ids.length > 0 && !ids.includes(id)) continue;
    const { ours, peer, ratio } = await duel(id);
    ratios.push({ name, ratio, floor, ours, peer });
    console.log(
      `${name}: ${ratio.toFixed(2)}x (floor ${floor})  ours ${ours.toFixed(0)} ns, peer ${peer.toFixed(0)} ns`,
    );
  }
  return ratios;
}

/** Median nanoseconds per item, and the median ratio of rounds that follow each other: load changes in between. */
async function duel(id: string): Promise<Pick<Ratio, 'ours' | 'peer' | 'ratio'>> {
  const contestants = await Promise.all([start(`${id}/ours`), start(`${id}/peer`)]);
  try {
    const rounds: [number[], number[]] = [[], []];
    for (const child of contestants) await round(child, WARM_UP_MS);
    for (let n = 0; n < ROUNDS; n++) {
      // Whoever is first alternates.
      for (const turn of n % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
        rounds[turn].push(await round(contestants[turn] as ChildProcess, ROUND_MS));
      }
    }
    const ratios = rounds[0].map((ours, n) => (rounds[1][n] ?? Number.NaN) / ours);
    return { ours: median(rounds[0]), peer: median(rounds[1]), ratio: median(ratios) };
  } finally {
    for (const child of contestants) child.kill();
  }
}

async function start(contestant: string): Promise<ChildProcess> {
  const child = fork(new URL('./otlp-codec-contestant.ts', import.meta.url), [contestant], {
    execArgv: ['--expose-gc', '--conditions=@telemetryflow/source', '--no-warnings'],
  });
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
    throw new Error(`a contestant ended with code ${code}`);
  });
  died.catch(() => undefined);
  try {
    const [message] = await Promise.race([once(child, 'message', { signal: done.signal }), died]);
    return message;
  } finally {
    done.abort();
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

if (import.meta.main) {
  otlpCodec(process.argv.slice(2)).then((ratios) => {
    if (ratios.some(({ ratio, floor }) => ratio < floor)) process.exitCode = 1;
  });
}
