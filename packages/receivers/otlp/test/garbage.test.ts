/** Whatever bytes arrive at our ports: the process lives, nothing is taken, and the next sender is served. */
import { randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { encode, jsonFromProtobuf } from '@telemetryflow/otlp';
import { logs, seededRandom } from '@telemetryflow/testkit';
import { Cleanups, call, METHODS, type Started } from './receiver.ts';

const cleanups = new Cleanups();
const LOGS = encode('logs', logs(3));
let receiver: Started;
beforeEach(async () => {
  receiver = await cleanups.receiver();
});
afterEach(() => cleanups.run());

async function stillServes(): Promise<void> {
  const before = receiver.batches.length;
  const headers = { 'content-type': 'application/x-protobuf' };
  const { status } = await fetch(`${receiver.url}/v1/logs`, { method: 'POST', body: new Uint8Array(LOGS), headers });
  expect(status).toBe(200);
  expect((await call(receiver.grpcPort, Buffer.from(LOGS))).code).toBe(0);
  expect(receiver.batches.length).toBe(before + 2);
  expect(receiver.errors).toEqual([]);
}

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const SETTINGS = '\x00\x00\x00\x04\x00\x00\x00\x00\x00';
const RAW: Readonly<Record<string, Buffer>> = {
  'random bytes': randomFillSync(Buffer.alloc(64 * 1024)),
  zeros: Buffer.alloc(64 * 1024),
  'a TLS hello': Buffer.from('16030100ff010000fb0303', 'hex'),
  'a TLS hello and random bytes': Buffer.concat([Buffer.from('1603010200', 'hex'), randomFillSync(Buffer.alloc(5000))]),
  'an HTTP/2 preface with a frame of 16 MiB': Buffer.from(`${PREFACE}\xff\xff\xff\x00\x00\x00\x00\x00\x01`, 'latin1'),
  'an HTTP/2 preface with headers that are no HPACK': Buffer.from(
    `${PREFACE}${SETTINGS}\x00\x00\x08\x01\x05\x00\x00\x00\x01\xff\xff\xff\xff\xff\xff\xff\xff`,
    'latin1',
  ),
  'a header of 1 MiB': Buffer.from(`POST /v1/logs HTTP/1.1\r\nx: ${'a'.repeat(1024 * 1024)}`),
  'contradictory lengths': Buffer.from(
    'POST /v1/logs HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
  ),
  'a length that is no number': Buffer.from('POST /v1/logs HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n'),
  'chunks without end': Buffer.from(
    'POST /v1/logs HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff\r\n',
  ),
  CONNECT: Buffer.from('CONNECT example.com:443 HTTP/1.1\r\nhost: example.com\r\n\r\n'),
  'an upgrade': Buffer.from('GET /v1/logs HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'),
  'a broken percent sign': Buffer.from(
    'POST /%zz%00 HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\nconnection: close\r\n\r\n',
  ),
};

for (const [name, bytes] of Object.entries(RAW)) {
  test(`${name} on both ports`, async () => {
    for (const port of [receiver.httpPort, receiver.grpcPort]) {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      socket.on('error', () => undefined);
      socket.resume();
      await once(socket, 'connect');
      await new Promise((resolve) => socket.write(bytes, resolve));
      // Whichever comes first: the server hangs up, or it has read what there was and we do.
      socket.end();
      await stillServes();
      socket.destroy();
    }
    expect(receiver.batches.every((batch) => batch.count === 3)).toBe(true);
  });
}

test('random and mutated messages over both protocols: refused with a status, or taken where they are valid', async () => {
  const random = seededRandom(7);
  const byte = (): number => Math.floor(random() * 256);
  const json = jsonFromProtobuf('logs', LOGS);
  const statuses = new Set<number>();
  for (let i = 0; i < 150; i++) {
    const source = i % 3 === 0 ? Uint8Array.from({ length: 40 }, byte) : i % 3 === 1 ? LOGS : json;
    const body = new Uint8Array(source);
    for (let n = 0; n < 3; n++) body[Math.floor(random() * body.length)] = byte();
    const headers = { 'content-type': i % 3 === 2 ? 'application/json' : 'application/x-protobuf' };
    const response = await fetch(`${receiver.url}/v1/logs`, { method: 'POST', body, headers });
    await response.arrayBuffer();
    statuses.add(response.status);
  }
  expect([...statuses].filter((status) => status !== 200 && status !== 400)).toEqual([]);
  expect(statuses.has(400)).toBe(true);
  for (const method of Object.values(METHODS)) {
    for (let i = 0; i < 20; i++) {
      const { code } = await call(receiver.grpcPort, Buffer.from(Uint8Array.from({ length: 40 }, byte)), { method });
      expect([0, 3]).toContain(code);
    }
  }
  await stillServes();
});

test('JSON of a million brackets and protobuf of a thousand levels', async () => {
  const field = (tag: number, inner: Buffer): Buffer =>
    Buffer.concat([
      Buffer.of(tag, (inner.length & 0x7f) | 0x80, (inner.length >> 7) | 0x80, inner.length >> 14),
      inner,
    ]);
  let deep = Buffer.alloc(0);
  // AnyValue.array_value, ArrayValue.values, and so on; around it the body of a log record.
  for (let i = 0; i < 1000; i++) deep = Buffer.from(field(i % 2 === 0 ? 0x2a : 0x0a, deep));
  for (const tag of [0x2a, 0x12, 0x12, 0x0a]) deep = Buffer.from(field(tag, deep));
  const bodies = [
    ['application/json', `{"resourceLogs":${'['.repeat(1_000_000)}`],
    ['application/json', `{"x":${'{"x":'.repeat(1_000_000)}`],
    ['application/x-protobuf', new Uint8Array(deep)],
  ] as const;
  for (const [type, body] of bodies) {
    const headers = { 'content-type': type };
    const { status } = await fetch(`${receiver.url}/v1/logs`, { method: 'POST', body, headers });
    expect(status).toBe(400);
  }
  await stillServes();
});
