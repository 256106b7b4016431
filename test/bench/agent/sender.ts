/**
 * Sends prepared request bodies over 8 connections as fast as they are taken: `node sender.ts <url> <gzip|identity>
 * <requests>`. Prints how many requests were answered 200. A refused request is sent again after 50 ms.
 */
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { encode } from '@telemetryflow/otlp';
import { spanBatches } from '../payloads/sdk-batches.ts';

const [, , url = '', encoding = 'identity', total = '0'] = process.argv;
const CONNECTIONS = 8;
const bodies = spanBatches().map((spans) => {
  const bytes = encode('traces', spans as never);
  return encoding === 'gzip' ? gzipSync(bytes, { level: 1 }) : Buffer.from(bytes);
});
const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS });
let next = 0;
let accepted = 0;

function post(body: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/x-protobuf',
      'content-length': body.length,
      ...(encoding === 'gzip' && { 'content-encoding': 'gzip' }),
    };
    const request = http.request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? 0));
    });
    request.once('error', reject);
    request.end(body);
  });
}

async function worker(): Promise<void> {
  while (next < Number(total)) {
    const body = bodies[next++ % bodies.length];
    if (body === undefined) return;
    while ((await post(body)) !== 200) await sleep(50);
    accepted++;
  }
}

await Promise.all(Array.from({ length: CONNECTIONS }, worker));
agent.destroy();
console.log(accepted);
