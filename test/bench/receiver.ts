/**
 * What it costs to take OTLP/HTTP requests and turn each body into a batch, against the shortest Node server that does
 * the same: node:http, gunzip, and protobufjs with the official messages. The sender is another process.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { createNoopMeter } from '@opentelemetry/api';
import type { ReceiverContext } from '@telemetryflow/kernel';
import otlp from '@telemetryflow/receiver-otlp';
import protobuf from 'protobufjs';
import { ITEMS_PER_BATCH } from './payloads/sdk-batches.ts';
import { bench, type Run } from './suite.ts';

/** That one call of a run takes. */
const REQUESTS = 24;
const ITEMS = REQUESTS * ITEMS_PER_BATCH.traces;

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

/** Each call has the sender post some requests, and checks that every item arrived. */
async function received(
  serve: (taken: (count: number) => void) => Promise<number>,
  encoding: 'gzip' | 'identity',
): Promise<Run> {
  let items = 0;
  const port = await serve((count) => {
    items += count;
  });
  const sender = fork(new URL('./receiver/sender.ts', import.meta.url), [String(port), encoding]);
  await once(sender, 'message');
  return async () => {
    items = 0;
    sender.send(REQUESTS);
    await once(sender, 'message');
    if (items !== ITEMS) throw new Error(`${items} of ${ITEMS} spans arrived`);
  };
}

await bench(
  (['identity', 'gzip'] as const).map((encoding) => ({
    name: `OTLP receiver, ${encoding}, against node:http + protobufjs`,
    items: ITEMS,
    ours: () => received(ours, encoding),
    peer: () => received(peer, encoding),
    floor: 1.7,
    goal: 2,
  })),
);
