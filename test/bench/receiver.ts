/**
 * What it costs to take OTLP/HTTP requests and turn each body into a batch, against the shortest Node server that does
 * the same: node:http, gunzip, and protobufjs with the official messages. Each server is a process of its own whose CPU
 * is measured, fed in turns by this one, so that the ratio holds on a busy machine.
 *
 *   node --conditions=@telemetryflow/source test/bench/receiver.ts
 *
 * Fails when a ratio is under its floor.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync, gzipSync } from 'node:zlib';
import { createNoopMeter } from '@opentelemetry/api';
import type { ReceiverContext } from '@telemetryflow/kernel';
import { asRecords, encode, groupRecords } from '@telemetryflow/otlp';
import otlp from '@telemetryflow/receiver-otlp';
import protobuf from 'protobufjs';
import { spanBatches } from './otlp-codec-data.ts';

const ROUNDS = 9;
const REQUESTS = 120;
const CONCURRENCY = 4;
const FLOOR = 1.7;

interface Cost {
  readonly cpu: number;
  readonly items: number;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** Serves, and answers each message with the CPU time and the items since the last one. */
async function serve(contestant: string): Promise<void> {
  let items = 0;
  const port =
    contestant === 'ours' ? await ours((count) => (items += count)) : await peer((count) => (items += count));
  let since = process.cpuUsage();
  process.on('message', () => {
    const { user, system } = process.cpuUsage(since);
    process.send?.({ cpu: user + system, items } satisfies Cost);
    since = process.cpuUsage();
    items = 0;
  });
  process.on('disconnect', () => process.exit());
  process.send?.(port);
}

async function ours(taken: (count: number) => void): Promise<number> {
  let port = 0;
  const silent = (): void => undefined;
  const context: ReceiverContext = {
    id: 'otlp',
    logger: {
      error: console.error,
      warn: silent,
      debug: silent,
      info: (_message, fields) => {
        port = Number(fields?.['port']);
      },
    },
    clock: {
      now: Date.now,
      monotonic: () => performance.now(),
      setTimeout: () => ({ cancel: silent }),
      setInterval: () => ({ cancel: silent }),
    },
    meter: createNoopMeter(),
    status: { ok: silent, recoverable: silent, permanent: silent },
    signal: new AbortController().signal,
    extension: () => undefined,
    next: {
      consume: async (batch) => taken(batch.count),
      accepts: () => true,
    },
    pressure: () => undefined,
  };
  const http = {
    endpoint: '127.0.0.1:0',
    max_request_body_size: 20 * 1024 * 1024,
    max_concurrent_requests: 256,
    keep_alive: 95_000,
    read_timeout: 60_000,
    traces_url_path: '/v1/traces',
    metrics_url_path: '/v1/metrics',
    logs_url_path: '/v1/logs',
  };
  await otlp.create({ protocols: { http } }, context).start();
  return port;
}

interface Decoded {
  readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly unknown[] }[] }[];
}

async function peer(taken: (count: number) => void): Promise<number> {
  const proto = readFileSync(new URL('../../packages/otlp/test/proto/otlp.proto', import.meta.url), 'utf8');
  const type = protobuf.parse(proto).root.lookupType('otlp.ExportTraceServiceRequest');
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const raw = Buffer.concat(chunks);
      const body = incoming.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
      const decoded = type.decode(body) as unknown as Decoded;
      for (const { scopeSpans } of decoded.resourceSpans) for (const { spans } of scopeSpans) taken(spans.length);
      response.writeHead(200, { 'content-type': 'application/x-protobuf', 'content-length': 0 }).end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

const next = <T>(child: ChildProcess): Promise<T> =>
  new Promise((resolve) => child.once('message', (message) => resolve(message as T)));

function post(port: number, agent: Agent, body: Buffer, gzip: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/x-protobuf',
      'content-length': body.length,
      ...(gzip && { 'content-encoding': 'gzip' }),
    };
    const sent = request(
      { host: '127.0.0.1', port, path: '/v1/traces', method: 'POST', agent, headers },
      (response) => {
        response.resume();
        response.once('end', () =>
          response.statusCode === 200 ? resolve() : reject(new Error(`answered ${response.statusCode}`)),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Microseconds of CPU per item. */
async function round(child: ChildProcess, port: number, bodies: readonly Buffer[], gzip: boolean): Promise<number> {
  const agent = new Agent({ keepAlive: true });
  const reset = next(child);
  child.send('measure');
  await reset;
  let left = REQUESTS;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await post(port, agent, bodies[left % bodies.length] ?? Buffer.alloc(0), gzip);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, lane));
  const measured = next<Cost>(child);
  child.send('measure');
  const { cpu, items } = await measured;
  agent.destroy();
  return cpu / items;
}

async function main(): Promise<void> {
  const bodies = spanBatches().map((batch) => Buffer.from(encode('traces', groupRecords(asRecords('traces', batch)))));
  const children = [fork(new URL(import.meta.url), ['ours']), fork(new URL(import.meta.url), ['peer'])] as const;
  const ports = await Promise.all(children.map((child) => next<number>(child)));
  let failed = false;
  for (const gzip of [false, true]) {
    const sent = gzip ? bodies.map((body) => gzipSync(body, { level: 1 })) : bodies;
    const costs: [number[], number[]] = [[], []];
    for (let i = 0; i <= ROUNDS; i++) {
      for (const side of [0, 1] as const) {
        const cost = await round(children[side], ports[side] ?? 0, sent, gzip);
        if (i > 0) costs[side].push(cost);
      }
    }
    const [mine, theirs] = [median(costs[0]), median(costs[1])];
    const ratio = theirs / mine;
    failed ||= ratio < FLOOR;
    console.log(
      `${gzip ? 'gzip' : 'plain'}: ours ${mine.toFixed(3)} us/span, node:http + protobufjs ${theirs.toFixed(3)} us/span, ratio ${ratio.toFixed(2)} (floor ${FLOOR})`,
    );
  }
  for (const child of children) child.disconnect();
  process.exitCode = failed ? 1 : 0;
}

const [, , contestant] = process.argv;
(contestant === undefined ? main() : serve(contestant)).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
