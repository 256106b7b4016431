/**
 * The agent's job, OTLP/HTTP in -> batch -> OTLP/HTTP out, against the Go Collector in the same run. CPU is utime and
 * stime of the process under test alone, all its threads, per span; sender and sinks are other processes. Prints the
 * ratio of the medians and fails under a floor.
 *
 *   TELEMETRYFLOW_REFEREES=<folder> node --conditions=@telemetryflow/source test/bench/agent/agent.ts [requests] [rounds] [job]
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '../../e2e/referees/server.ts';
import { JOBS, type Job, startCollector, startOurs } from './contestants.ts';

const SPANS_PER_REQUEST = 512;
const requests = Number(process.argv[2] ?? 1000);
const rounds = Number(process.argv[3] ?? 3);
/** Part of a job's name, to measure only that. */
const wanted = process.argv[4] ?? '';
const WARM_UP = 300;
const TICKS_PER_SECOND = 100;
const condition = '--conditions=@telemetryflow/source';
const here = import.meta.dirname;

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

async function measure(job: Job, who: 'ours' | 'collector'): Promise<Measured> {
  const dir = mkdtempSync(path.join(tmpdir(), 'telemetryflow-bench-'));
  const sinks = await Promise.all(Array.from({ length: job.exporters }, startSink));
  const ports = sinks.map((sink) => sink.port);
  const port = await freePort();
  const child = who === 'ours' ? startOurs(job, port, ports, dir) : await startCollector(job, port, ports, dir);
  try {
    const pid = child.pid ?? 0;
    await listening(port);
    await send(port, job, WARM_UP);
    await arrived(ports, WARM_UP * SPANS_PER_REQUEST);
    const before = cpuOf(pid);
    await send(port, job, requests);
    const spans = requests * SPANS_PER_REQUEST;
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

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

const MIB = 1024 * 1024;
for (const job of JOBS.filter(({ name }) => name.includes(wanted))) {
  const ours: Measured[] = [];
  const theirs: Measured[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(await measure(job, 'ours'));
    theirs.push(await measure(job, 'collector'));
  }
  const cpu = { ours: median(ours.map((m) => m.cpu)), theirs: median(theirs.map((m) => m.cpu)) };
  const rss = { ours: median(ours.map((m) => m.rss)), theirs: median(theirs.map((m) => m.rss)) };
  const ratio = cpu.theirs / cpu.ours;
  console.log(
    `${job.name}: ${ratio.toFixed(2)}x less CPU than the Collector (floor ${job.floor}, goal ${job.goal}); ` +
      `ours ${cpu.ours.toFixed(2)} us/span, Collector ${cpu.theirs.toFixed(2)} us/span; ` +
      `RSS ${(rss.ours / MIB).toFixed(0)} against ${(rss.theirs / MIB).toFixed(0)} MiB`,
  );
  if (ratio < job.floor) process.exitCode = 1;
}
