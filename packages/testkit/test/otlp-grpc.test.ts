/** The strict OTLP/gRPC backend: what it refuses, frame by frame, and that a real client understands its answers. */
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2';
import { gzipSync } from 'node:zlib';
import { credentials, Metadata, makeGenericClientConstructor, type ServiceError } from '@grpc/grpc-js';
import { afterEach, describe, expect, test } from '@jest/globals';
import { decodeStatus, encode } from '@telemetryflow/otlp';
import { fakeOtlpGrpc, type GrpcBackend, logs, otlpGrpcDelay, otlpGrpcPartial, startOtlpGrpc } from '../src/index.ts';

const PATH = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';
const VALID = Buffer.from(encode('logs', logs(3)));

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function started<B extends GrpcBackend>(backend: Promise<B>): Promise<B> {
  const running = await backend;
  closing.push(() => running.close());
  return running;
}

function frame(message: Uint8Array, { flag = 0, length = message.length } = {}): Buffer {
  const prefix = Buffer.alloc(5);
  prefix[0] = flag;
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, message]);
}

/** One call as it goes over the wire; what came back, headers and trailers in one. */
function call(url: string, body: Uint8Array, headers: Record<string, string | undefined> = {}) {
  const session: ClientHttp2Session = connect(url);
  closing.push(() => session.destroy());
  const all = {
    ':method': 'POST',
    ':path': PATH,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  };
  const sent = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return new Promise<IncomingHttpHeaders>((resolve, reject) => {
    let seen: IncomingHttpHeaders = {};
    const stream = session.request(sent);
    stream.on('response', (got) => (seen = { ...seen, ...got }));
    stream.on('trailers', (got) => (seen = { ...seen, ...got }));
    stream.on('error', reject);
    stream.on('close', () => resolve(seen));
    stream.resume();
    stream.end(body);
  });
}

describe('a call', () => {
  test.each<[string, Buffer, Record<string, string | undefined>, object]>([
    ['that is valid', frame(VALID), {}, { 'grpc-status': '0' }],
    ['with +proto', frame(VALID), { 'content-type': 'application/grpc+proto' }, { 'grpc-status': '0' }],
    ['that is compressed', frame(gzipSync(VALID), { flag: 1 }), { 'grpc-encoding': 'gzip' }, { 'grpc-status': '0' }],
    ['that could be compressed and is not', frame(VALID), { 'grpc-encoding': 'gzip' }, { 'grpc-status': '0' }],
    ['without items', frame(Buffer.alloc(0)), {}, { 'grpc-status': '0' }],
    ['by PUT', frame(VALID), { ':method': 'PUT' }, { ':status': 405 }],
    ['as protobuf over HTTP', VALID, { 'content-type': 'application/x-protobuf' }, { ':status': 415 }],
    ['without te', frame(VALID), { te: undefined }, { ':status': 400 }],
    ['of another service', frame(VALID), { ':path': '/opentelemetry.proto.Logs/Export' }, { 'grpc-status': '12' }],
    ['of the path of HTTP', frame(VALID), { ':path': '/v1/logs' }, { 'grpc-status': '12' }],
    ['in an unknown encoding', frame(VALID, { flag: 1 }), { 'grpc-encoding': 'zstd' }, { 'grpc-status': '12' }],
    ['compressed without saying how', frame(gzipSync(VALID), { flag: 1 }), {}, { 'grpc-status': '13' }],
    [
      'that says compressed and is not',
      frame(VALID, { flag: 1 }),
      { 'grpc-encoding': 'gzip' },
      { 'grpc-status': '13' },
    ],
    ['with an unknown flag', frame(VALID, { flag: 2 }), {}, { 'grpc-status': '13' }],
    ['without a frame', VALID.subarray(0, 3), {}, { 'grpc-status': '13' }],
    ['that is cut off', frame(VALID, { length: VALID.length + 1 }), {}, { 'grpc-status': '13' }],
    ['of two messages', Buffer.concat([frame(VALID), frame(VALID)]), {}, { 'grpc-status': '13' }],
    ['of no protobuf', frame(Buffer.from('{"resourceLogs":[]}')), {}, { 'grpc-status': '13' }],
    ['of another signal', frame(Buffer.from(encode('traces', []))), {}, { 'grpc-status': '0' }],
    ['with an odd deadline', frame(VALID), { 'grpc-timeout': '10 s' }, { 'grpc-status': '13' }],
    ['that is too large', frame(Buffer.alloc(9), { length: 70_000 }), {}, { 'grpc-status': '8' }],
    [
      'that is too large once decompressed',
      frame(gzipSync(Buffer.alloc(70_000)), { flag: 1 }),
      { 'grpc-encoding': 'gzip' },
      { 'grpc-status': '8', 'grpc-message': 'grpc: received message after decompression larger than max 65536' },
    ],
  ])('%s is answered as by a gRPC server', async (_what, body, headers, expected) => {
    const backend = await started(fakeOtlpGrpc({ maxMessage: 65_536 }));
    const answer = await call(backend.url, body, headers);
    expect(answer).toMatchObject(expected);
    const taken = answer['grpc-status'] === '0';
    expect(backend.refused).toHaveLength(taken ? 0 : 1);
    expect(backend.items.logs).toHaveLength(taken && body.length > 10 ? 3 : 0);
  });

  test('is recorded with its metadata, deadline and whether it was compressed', async () => {
    const backend = await started(startOtlpGrpc());
    const body = frame(gzipSync(VALID), { flag: 1 });
    await call(backend.url, body, { 'grpc-encoding': 'gzip', 'grpc-timeout': '1500m', 'x-a-bin': 'AAH/', 'x-b': 'b' });
    expect(backend.requests).toMatchObject([
      {
        index: 0,
        path: PATH,
        message: VALID,
        compressed: true,
        timeoutMs: 1500,
        metadata: { 'x-a-bin': Buffer.of(0, 1, 255), 'x-b': 'b' },
      },
    ]);
  });

  test('of a service that is not registered is UNIMPLEMENTED', async () => {
    const backend = await started(startOtlpGrpc({}, { signals: ['traces', 'metrics'] }));
    expect(await call(backend.url, frame(VALID))).toMatchObject({ 'grpc-status': '12' });
  });

  test('behind a gate and a judge is refused by them first', async () => {
    const gate = (request: { readonly metadata: Readonly<Record<string, unknown>> }) =>
      request.metadata['x-key'] === 'k' ? undefined : { code: 16, text: 'who are you' };
    const judge = (signal: string): never => {
      throw new Error(`no ${signal} today`);
    };
    const backend = await started(fakeOtlpGrpc({ gate, judge }));
    expect(await call(backend.url, frame(VALID))).toMatchObject({ 'grpc-status': '16' });
    expect(await call(backend.url, frame(VALID), { 'x-key': 'k' })).toMatchObject({
      'grpc-message': 'grpc: error unmarshalling request: no logs today',
    });
    expect(backend.items.logs).toEqual([]);
  });
});

describe('an answer is read by grpc-js:', () => {
  const same = (bytes: Buffer): Buffer => bytes;
  const method = {
    path: PATH,
    requestStream: false as const,
    responseStream: false as const,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  };

  async function exported(url: string): Promise<{ readonly error: ServiceError | null; readonly answer: Buffer }> {
    const Client = makeGenericClientConstructor({ Export: method }, 'Logs');
    const client = new Client(url.replace('http://', ''), credentials.createInsecure());
    closing.push(() => client.close());
    return new Promise((resolve) => {
      client['Export']?.(VALID, new Metadata(), (error: ServiceError | null, answer: Buffer) =>
        resolve({ error, answer }),
      );
    });
  }

  test('OK, with what was refused', async () => {
    const response = otlpGrpcPartial(300, 'too old');
    const backend = await started(startOtlpGrpc({ response }));
    expect(await exported(backend.url)).toEqual({ error: null, answer: response });
  });

  test.each([[false], [true]])('a status with any text and details, headers first: %p', async (headersFirst) => {
    const refusal = { ...otlpGrpcDelay(8, '100 % “voll”\n', 7000), headersFirst };
    const backend = await started(startOtlpGrpc(refusal));
    const { error } = await exported(backend.url);
    expect(error).toMatchObject({ code: 8, details: '100 % “voll”\n' });
    const [details] = error?.metadata.get('grpc-status-details-bin') ?? [];
    expect(decodeStatus(details as Buffer, 'proto')).toMatchObject({ code: 8, retryDelayMs: 7000 });
  });

  test('a reset, which ends the call, and a stall, which does not', async () => {
    const backend = await started(startOtlpGrpc([{ fault: 'reset' }, { fault: 'stall' }]));
    expect((await exported(backend.url)).error?.code).toBe(14);
    const stalled = exported(backend.url);
    await backend.received(2);
    backend.disconnect();
    expect((await stalled).error?.code).toBe(14);
    await backend.disconnected();
  });
});
