/**
 * The agent's job, OTLP/HTTP in -> batch -> OTLP/HTTP out, against the Go Collector in the same run. CPU is utime and
 * stime of the process under test alone, all its threads, per span; sender and sinks are other processes. Rounds
 * alternate. Not measured without a Collector: TELEMETRYFLOW_REFEREES names a folder that holds otelcol-referee.xz.
 * Alone with a text as argument it runs the jobs whose names contain it.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { readyBinary } from '../e2e/referees/cache.ts';
import { freePort } from '../e2e/referees/server.ts';
import { JOBS, type Job, startCollector, startOurs } from './agent/contestants.ts';
import { median, notMeasured, report } from './suite.ts';

const SPANS_PER_REQUEST = 512;
/** Requests of one round. */
const REQUESTS = 1000;
const ROUNDS = 5;
const WARM_UP = 300;
const TICKS_PER_SECOND = 100;
const condition = '--conditions=@telemetryflow/source';
const here = path.join(import.meta.dirname, 'agent');
const MIB = 1024 * 1024;

interface Measured {
  /** Microseconds of CPU per span. */
  readonly cpu: number;
  /** Bytes of resident memory at its highest. */
  readonly rss: number;
}

/** User and system time of a process and its threads, in seconds. */
function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function rssOf(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

async function startSink(): Promise<{ child: ChildProcess; port: number }> {
  const child = spawn(process.execPath, [condition, '--no-warnings', path.join(here, 'sink.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await new Promise<number>((resolve) => child.stdout?.once('data', (text) => resolve(Number(text))));
  return { child, port };
}

async function counted(port: number): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/count`);
  return Number(await response.text());
}

async function send(port: number, job: Job, count: number): Promise<void> {
  const encoding = job.compression === 'gzip' ? 'gzip' : 'identity';
  const args = [
    condition,
    '--no-warnings',
    path.join(here, 'sender.ts'),
    `http://127.0.0.1:${port}/v1/traces`,
    encoding,
    String(count),
  ];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  if (Number(stdout) !== count) throw new Error(`only ${stdout} of ${count} requests were accepted`);
}

async function arrived(sinks: readonly number[], spans: number): Promise<void> {
  const end = Date.now() + 60_000;
  for (const port of sinks) {
    while ((await counted(port)) < spans) {
      if (Date.now() > end) throw new Error(`a sink got ${await counted(port)} of ${spans} spans`);
      await sleep(50);
    }
  }
}

async function measure(job: Job, start: typeof startOurs): Promise<Measured> {
  const dir = mkdtempSync(path.join(tmpdir(), 'telemetryflow-bench-'));
  const sinks = await Promise.all(Array.from({ length: job.exporters }, startSink));
  const ports = sinks.map((sink) => sink.port);
  const port = await freePort();
  const child = start(job, port, ports, dir);
  try {
    const pid = child.pid ?? 0;
    await listening(port);
    await send(port, job, WARM_UP);
    await arrived(ports, WARM_UP * SPANS_PER_REQUEST);
    const before = cpuOf(pid);
    await send(port, job, REQUESTS);
    const spans = REQUESTS * SPANS_PER_REQUEST;
    await arrived(ports, spans + WARM_UP * SPANS_PER_REQUEST);
    return { cpu: ((cpuOf(pid) - before) * 1e6) / spans, rss: rssOf(pid) };
  } finally {
    child.kill('SIGKILL');
    for (const sink of sinks) sink.child.kill('SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  }
}

async function listening(port: number): Promise<void> {
  for (let i = 0; i < 300; i++) {
    const answered = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await sleep(50);
  }
  throw new Error('the agent under test does not listen');
}

async function contest(job: Job, collector: string): Promise<void> {
  const ours: Measured[] = [];
  const theirs: Measured[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(await measure(job, startOurs));
    theirs.push(await measure(job, (...args) => startCollector(collector, ...args)));
  }
  const { name, floor, goal } = job;
  report({ name: `agent: ${name}`, ...figures(ours, theirs, ({ cpu }) => cpu), unit: 'us/span', floor, goal });
  report({
    name: `agent: ${name}: memory`,
    ...figures(ours, theirs, ({ rss }) => rss / MIB),
    unit: 'MiB',
    floor: 1 / 1.2,
    goal: 1,
  });
}

function figures(
  ours: readonly Measured[],
  theirs: readonly Measured[],
  of: (measured: Measured) => number,
): { ours: number; peer: number; ratio: number } {
  const ratio = median(ours.map((one, n) => of(theirs[n] as Measured) / of(one)));
  return { ours: median(ours.map(of)), peer: median(theirs.map(of)), ratio };
}

const collector = await readyBinary('otelcol-referee');
if (collector === undefined) {
  notMeasured('the agent against the Collector: TELEMETRYFLOW_REFEREES names no folder with otelcol-referee.xz');
} else {
  for (const job of JOBS) if (job.name.includes(process.argv[2] ?? '')) await contest(job, collector);
}
