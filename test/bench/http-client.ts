/**
 * What the HTTP client adds to a request, against node:http with a keep-alive agent, Content-Length and end(buffer),
 * 8 requests at a time to a server in another process.
 */
import { Agent, request } from 'node:http';
import { createHttpClient } from '@telemetryflow/http';
import { startSink } from './sink/http.ts';
import { bench, type Run } from './suite.ts';

const CONCURRENCY = 8;
const REQUESTS = 64;

type Send = (body: Buffer) => Promise<number>;

/** The shortest client whose attempts can be aborted, as the delivery chain needs it: what ours is measured against. */
function plain(base: string): Send {
  const { hostname: host, port } = new URL(base);
  const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY });
  return (body) =>
    new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/x-protobuf', 'content-length': body.length };
      const { signal } = new AbortController();
      const outgoing = request({ host, port, path: '/v1/logs', method: 'POST', agent, headers, signal }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve(Buffer.concat(chunks).length));
        response.on('error', reject);
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
}

function ours(base: string): Send {
  const client = createHttpClient({ concurrency: CONCURRENCY, headers: { 'content-type': 'application/x-protobuf' } });
  const url = `${base}/v1/logs`;
  return async (body) => {
    const result = await client.request({ url, body, signal: new AbortController().signal });
    if (result.kind === 'failure') throw new Error(result.message);
    return result.body.length;
  };
}

/** Each call sends 64 requests, 8 at a time. */
async function lanes(make: (base: string) => Send, bytes: number): Promise<Run> {
  const send = make(await startSink());
  const body = Buffer.alloc(bytes, 7);
  return async () => {
    let left = REQUESTS;
    const lane = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        await send(body);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, lane));
  };
}

await bench(
  [1_000, 100_000].map((bytes) => ({
    name: `HTTP client, ${bytes / 1000} KB bodies, against node:http`,
    items: REQUESTS,
    ours: () => lanes(ours, bytes),
    peer: () => lanes(plain, bytes),
    floor: 1 / 1.15,
    goal: 1 / 1.05,
  })),
);
