/**
 * Posts OTLP bodies to a port of this machine: `sender.ts <port> <gzip|identity>`. Each message is a number of requests;
 * they go over 4 connections, and an answer says that all of them were accepted.
 */
import { Agent, request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { asRecords, encode, groupRecords } from '@telemetryflow/otlp';
import { spanBatches } from '../payloads/sdk-batches.ts';

const CONCURRENCY = 4;
const [, , port, encoding] = process.argv;
const agent = new Agent({ keepAlive: true });
const bodies = spanBatches().map((batch) => {
  const bytes = encode('traces', groupRecords(asRecords('traces', batch)));
  return encoding === 'gzip' ? gzipSync(bytes, { level: 1 }) : Buffer.from(bytes);
});

function post(body: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/x-protobuf',
      'content-length': body.length,
      ...(encoding === 'gzip' && { 'content-encoding': 'gzip' }),
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

process.on('disconnect', () => process.exit());
process.on('message', async (requests: number) => {
  let left = requests;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await post(bodies[left % bodies.length] ?? Buffer.alloc(0));
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, lane));
  process.send?.('done');
});
process.send?.('ready');
