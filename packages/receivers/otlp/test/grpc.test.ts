import { afterEach, describe, expect, test } from '@jest/globals';
import { ConsumeError } from '@telemetryflow/kernel';
import { decodeStatus, encode, type RecordOf, type Signal } from '@telemetryflow/otlp';
import { itemIds, otlpItemIds, recordsOf } from '@telemetryflow/testkit';
import { Cleanups, call, grpc } from './receiver.ts';

const cleanups = new Cleanups();
afterEach(() => cleanups.run());

const MIB = 1024 * 1024;
const LOGS = Buffer.from(encode('logs', recordsOf('logs', 3)));

test.each(['traces', 'metrics', 'logs'] as const)('%s arrive with every item', async (signal: Signal) => {
  const receiver = await cleanups.receiver(grpc());
  const records = recordsOf(signal, 20) as readonly RecordOf[Signal][];
  const message = Buffer.from(encode(signal, records as never));
  for (const gzip of [false, true])
    expect(await call(receiver.grpcPort, message, { signal, gzip })).toMatchObject({ code: 0 });
  const ids = itemIds(records);
  expect(receiver.batches.flatMap((batch) => otlpItemIds(signal, batch.otlp()))).toEqual([...ids, ...ids]);
});

test('a message without items is a success that nobody hears of', async () => {
  const receiver = await cleanups.receiver(grpc());
  expect(await call(receiver.grpcPort, Buffer.alloc(0))).toMatchObject({ code: 0, message: Buffer.alloc(0) });
  expect(receiver.batches).toEqual([]);
});

describe('refused is', () => {
  test('a malformed message, as INVALID_ARGUMENT', async () => {
    const receiver = await cleanups.receiver(grpc());
    expect(await call(receiver.grpcPort, Buffer.of(0x0a, 0xff, 1))).toMatchObject({ code: 3, text: /./ });
  });

  test.each([
    ['on the wire', false],
    ['after decompression', true],
  ])('a message that is too large %s, as RESOURCE_EXHAUSTED without RetryInfo', async (_where, gzip) => {
    const receiver = await cleanups.receiver(grpc());
    const { code, text, details } = await call(receiver.grpcPort, Buffer.alloc(20 * MIB + 1), { gzip });
    expect([code, details]).toEqual([8, undefined]);
    expect(text).toMatch(/larger than/);
  });

  test.each([{ gzip: true }, { deflate: true }])('a bomb in %j, as RESOURCE_EXHAUSTED', async (compression) => {
    const receiver = await cleanups.receiver(grpc());
    const { code, text } = await call(receiver.grpcPort, Buffer.alloc(100 * MIB), compression);
    expect([code, text]).toEqual([8, expect.stringMatching(/larger than/)]);
    expect(receiver.batches).toEqual([]);
    expect((await call(receiver.grpcPort, LOGS, compression)).code).toBe(0);
  });

  test('a signal without pipeline and a method that is not there, as UNIMPLEMENTED', async () => {
    const receiver = await cleanups.receiver(grpc(), { accepts: ['traces'] });
    expect((await call(receiver.grpcPort, LOGS)).code).toBe(12);
    expect((await call(receiver.grpcPort, LOGS, { method: '/other/Export' })).code).toBe(12);
  });

  test.each([
    ['a full queue', new ConsumeError('queue_full', 'the queue is full', 7000), 8],
    ['short memory', new ConsumeError('memory', 'memory is short', 7000), 14],
    ['a shutdown', new ConsumeError('shutdown', 'shutting down', 7000), 14],
  ])('%s, with RetryInfo', async (_name, error, expected) => {
    const receiver = await cleanups.receiver(grpc(), { consume: () => Promise.reject(error) });
    const { code, text, details } = await call(receiver.grpcPort, LOGS);
    expect([code, text]).toEqual([expected, error.message]);
    expect(details && decodeStatus(details, 'proto')).toEqual({ code, message: text, retryDelayMs: 7000 });
  });

  test.each(['memory', 'shutdown'] as const)(
    'any call under pressure of %s, before its message is read',
    async (reason) => {
      const receiver = await cleanups.receiver(grpc({ max_recv_msg_size: '1KiB' }), { pressure: () => reason });
      const { code, details } = await call(receiver.grpcPort, Buffer.alloc(5000));
      expect(code).toBe(14);
      expect(details && decodeStatus(details, 'proto')).toMatchObject({ retryDelayMs: 1000 });
      expect(receiver.batches).toEqual([]);
    },
  );

  test('a fault of our own, as INTERNAL without its text; it is logged', async () => {
    const receiver = await cleanups.receiver(grpc(), { consume: () => Promise.reject(new Error('s3cret')) });
    expect(await call(receiver.grpcPort, LOGS)).toMatchObject({ code: 13, text: 'internal error' });
    expect(receiver.errors).toHaveLength(1);
  });
});

test('a call that its client gives up does no harm', async () => {
  let arrived = (): void => undefined;
  const here = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const consume = (): Promise<void> => {
    arrived();
    return gate;
  };
  const receiver = await cleanups.receiver(grpc(), { consume });
  let cancel = (): void => undefined;
  const cancelled = call(receiver.grpcPort, LOGS, { started: (each) => (cancel = () => each.cancel()) });
  await here;
  cancel();
  expect((await cancelled).code).toBe(1);
  release();
  expect((await call(receiver.grpcPort, LOGS)).code).toBe(0);
  expect(receiver.errors).toEqual([]);
});
