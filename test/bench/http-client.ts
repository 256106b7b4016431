/**
 * What the HTTP client adds to a request, against node:http with a keep-alive agent, Content-Length and end(buffer):
 * wall time and CPU of one process that sends to a server in another one, interleaved, so that the ratios hold on a
 * busy machine.
 *
 *   node --conditions=@telemetryflow/source test/bench/http-client.ts
 *
 * Fails when the CPU ratio is above its ceiling.
 */
import { fork } from 'node:child_process';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHttpClient } from '@telemetryflow/http';

const ROUNDS = 11;
const CONCURRENCY = 8;
const CEILING = 1.15;
const JOBS = [
  { bytes: 1_000, requests: 1500 },
  { bytes: 100_000, requests: 600 },
] as const;

type Send = (body: Buffer) => Promise<number>;

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** The shortest client whose attempts can be aborted, as the delivery chain needs it: what ours is measured against. */
function plain(port: number): Send {
  const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY });
  return (body) =>
    new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/x-protobuf', 'content-length': body.length };
      const { signal } = new AbortController();
      const outgoing = request(
        { host: '127.0.0.1', port, path: '/v1/logs', method: 'POST', agent, headers, signal },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => resolve(Buffer.concat(chunks).length));
          response.on('error', reject);
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
}

function ours(port: number): Send {
  const client = createHttpClient({ concurrency: CONCURRENCY, headers: { 'content-type': 'application/x-protobuf' } });
  const url = `http://127.0.0.1:${port}/v1/logs`;
  return async (body) => {
    const result = await client.request({ url, body, signal: new AbortController().signal });
    if (result.kind === 'failure') throw new Error(result.message);
    return result.body.length;
  };
}

async function round(send: Send, body: Buffer, requests: number): Promise<{ wall: number; cpu: number }> {
  let left = requests;
  const cpu = process.cpuUsage();
  const start = performance.now();
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await send(body);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, lane));
  const { user, system } = process.cpuUsage(cpu);
  return { wall: ((performance.now() - start) * 1000) / requests, cpu: (user + system) / requests };
}

async function main(): Promise<void> {
  const server = fork(new URL(import.meta.url), ['serve']);
  const port = await new Promise<number>((resolve) => server.once('message', (message) => resolve(Number(message))));
  const contestants = { 'node:http': plain(port), ours: ours(port) };
  let failed = false;
  for (const { bytes, requests } of JOBS) {
    const body = Buffer.alloc(bytes, 7);
    const times = {
      'node:http': { wall: [] as number[], cpu: [] as number[] },
      ours: { wall: [] as number[], cpu: [] as number[] },
    };
    for (const send of Object.values(contestants)) await round(send, body, requests);
    for (let i = 0; i < ROUNDS; i += 1) {
      const order = i % 2 === 0 ? (['node:http', 'ours'] as const) : (['ours', 'node:http'] as const);
      for (const name of order) {
        const { wall, cpu } = await round(contestants[name], body, requests);
        times[name].wall.push(wall);
        times[name].cpu.push(cpu);
      }
    }
    const ratios = times.ours.cpu.map((cpu, i) => cpu / (times['node:http'].cpu[i] ?? Number.NaN));
    const ratio = median(ratios);
    const show = (values: readonly number[]): string => `${median(values).toFixed(0)} us`;
    console.log(
      `${String(bytes).padStart(7)} bytes  node:http ${show(times['node:http'].cpu)} CPU, ${show(times['node:http'].wall)} wall` +
        `  ours ${show(times.ours.cpu)} CPU, ${show(times.ours.wall)} wall  ratio ${ratio.toFixed(2)} (at most ${CEILING})`,
    );
    if (ratio > CEILING) failed = true;
  }
  server.kill();
  process.exit(failed ? 1 : 0);
}

function serve(): void {
  const server = createServer((incoming, response) => {
    incoming.resume();
    incoming.on('end', () => response.end());
  });
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
}

if (process.argv[2] === 'serve') serve();
else
  main().catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
