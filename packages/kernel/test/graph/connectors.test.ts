import { expect, test } from '@jest/globals';
import type { Batch, Connector } from '@telemetryflow/kernel';
import { ConsumeError } from '@telemetryflow/kernel';
import { batchOf, testGraph } from './fixture.ts';

type Connect = Connector['process'];

const forward: Connect = (batch, { emit }) => emit(batch);

test('a connector feeds the pipelines that name it as receiver', async () => {
  const t = testGraph({
    connectors: { forward },
    pipelines: { 'logs/in': [['in'], [], ['forward', 'a']], 'logs/out': [['forward'], [], ['b']] },
  });
  await t.receiver('in').next.consume(batchOf(3));
  expect([t.queue('a').ledger().entered, t.queue('b').ledger().entered]).toEqual([3, 3]);
  expect(t.pipeline('logs/out')).toMatchObject({ received: 3, entered: 3 });
  t.balanced();
});

test('pipelines are in upstream order, however they are written', () => {
  const t = testGraph({
    connectors: { one: forward, two: forward },
    pipelines: {
      'logs/last': [['two'], [], ['a']],
      'logs/middle': [['one'], [], ['two']],
      'logs/first': [['in'], [], ['one']],
    },
  });
  expect(t.graph.pipelines.map((node) => node.id)).toEqual(['logs/first', 'logs/middle', 'logs/last']);
});

test('a full queue behind a connector refuses the batch for all: nothing is queued anywhere', async () => {
  const t = testGraph({
    connectors: { forward },
    pipelines: { 'logs/in': [['in'], [], ['a', 'forward']], 'logs/out': [['forward'], [], ['b', 'c']] },
  });
  t.queue('c').state = 'busy';
  await expect(t.receiver('in').next.consume(batchOf(3))).rejects.toMatchObject({ code: 'queue_full' });
  expect([t.queue('a').taken, t.queue('b').taken]).toEqual([[], []]);
  t.balanced();
});

test('a connector may fall back to another pipeline when the first one refuses', async () => {
  const failover: Connect = async (batch, { emit }) => {
    try {
      await emit(batch, ['logs/main']);
    } catch (error) {
      if (!ConsumeError.is(error)) throw error;
      await emit(batch, ['logs/spare']);
    }
  };
  const t = testGraph({
    connectors: { failover },
    pipelines: {
      'logs/in': [['in'], [], ['failover', 'a']],
      'logs/main': [['failover'], [], ['b']],
      'logs/spare': [['failover'], [], ['c']],
    },
  });
  t.queue('b').state = 'busy';
  await t.receiver('in').next.consume(batchOf(2));
  expect([t.queue('a').taken.length, t.queue('b').taken.length, t.queue('c').taken.length]).toEqual([1, 0, 1]);
  expect(t.pipeline('logs/main')).toMatchObject({ received: 2, refused: 2 });
  t.balanced();
});

test('a connector turns one signal into another, and counts what it drops', async () => {
  const count: Connect = async (batch, { emit, drop }) => {
    drop(batch.count - 1, 'filtered');
    await emit(batchOf(1, 'metrics'));
  };
  const t = testGraph({
    connectors: { count },
    pipelines: { logs: [['in'], [], ['count']], metrics: [['count'], [], ['m']] },
  });
  await t.receiver('in').next.consume(batchOf(9));
  expect(t.queue('m').taken.map(({ signal }) => signal)).toEqual(['metrics']);
  expect(t.graph.connectors[0]?.dropped).toEqual({ filtered: 8 });
  t.balanced();
});

test('a connector that throws, or names a pipeline it does not feed, costs itself the batch as a bug', async () => {
  const bad: Connect = (batch, { emit }) => emit(batch, ['logs/nowhere']);
  const t = testGraph({
    connectors: { bad },
    pipelines: { 'logs/in': [['in'], [], ['bad', 'a']], 'logs/out': [['bad'], [], ['b']] },
  });
  await t.receiver('in').next.consume(batchOf(2));
  expect(t.queue('a').taken.length).toBe(1);
  expect(t.graph.connectors[0]?.dropped).toEqual({ bug: 2 });
  expect(t.errors).toEqual([
    'connector:bad: connector "bad" feeds no logs pipeline named logs/nowhere; it feeds logs/out',
  ]);
  t.balanced();
});

test('a connector may keep a batch and emit it on its own time', async () => {
  let later = async (_: Batch): Promise<void> => {};
  const keep: Connect = async (_, { emit, drop }) => {
    later = (batch) => emit(batch);
    drop(1, 'sampled');
  };
  const t = testGraph({
    connectors: { keep },
    pipelines: { 'logs/in': [['in'], [], ['keep']], 'logs/out': [['keep'], [], ['b']] },
  });
  await t.receiver('in').next.consume(batchOf(4));
  expect(t.queue('b').taken).toEqual([]);
  await later(batchOf(3));
  expect(t.queue('b').taken.map(({ count }) => count)).toEqual([3]);
  t.queue('b').state = 'busy';
  await expect(later(batchOf(2))).rejects.toMatchObject({ code: 'queue_full' });
  expect(t.pipeline('logs/out')).toMatchObject({ received: 5, refused: 2, entered: 3 });
  t.balanced();
});
