import { expect, test } from '@jest/globals';
import { batchOf, dropped, testGraph } from './fixture.ts';

function three() {
  const t = testGraph({ pipelines: { logs: [['in'], [], ['a', 'b', 'c']] } });
  return { ...t, a: t.queue('a'), b: t.queue('b'), c: t.queue('c'), next: t.receiver('in').next };
}

test('every queue gets the same batch', async () => {
  const { a, b, c, next, balanced } = three();
  const batch = batchOf(5);
  await next.consume(batch);
  for (const queue of [a, b, c]) expect(queue.taken).toEqual([batch]);
  balanced();
});

test('one slow of three: the batch is refused for all, and nothing is queued anywhere', async () => {
  const { a, b, c, next, balanced, pipeline } = three();
  b.state = 'busy';
  await expect(next.consume(batchOf(5))).rejects.toMatchObject({
    code: 'queue_full',
    retryable: true,
    message: 'the queue of exporter "b" for logs is full',
  });
  expect([a.taken, b.taken, c.taken]).toEqual([[], [], []]);
  expect([a.open, c.open]).toEqual([0, 0]);
  expect(pipeline('logs')).toMatchObject({ received: 5, refused: 5, entered: 0 });
  balanced();
});

test('one dead of three: it turns the batch away for itself, and the others go on', async () => {
  const { a, b, c, next, balanced } = three();
  a.state = 'down';
  await next.consume(batchOf(5));
  expect(a.turnedAway).toEqual([5]);
  expect([b.taken.length, c.taken.length]).toEqual([1, 1]);
  balanced();
});

test('all dead: the batch is refused and no queue counts it', async () => {
  const { a, b, c, next, balanced } = three();
  for (const queue of [a, b, c]) queue.state = 'down';
  await expect(next.consume(batchOf(5))).rejects.toMatchObject({ code: 'queue_full' });
  expect([a.turnedAway, b.turnedAway, c.turnedAway]).toEqual([[], [], []]);
  balanced();
});

test('a slow queue behind another pipeline and its processors refuses the batch for all', async () => {
  let calls = 0;
  const t = testGraph({
    processors: {
      count: (batch) => {
        calls++;
        return batch;
      },
    },
    pipelines: { 'logs/one': [['in'], ['count'], ['a']], 'logs/two': [['in'], ['count'], ['b']] },
  });
  t.queue('b').state = 'busy';
  await expect(t.receiver('in').next.consume(batchOf(3))).rejects.toMatchObject({ code: 'queue_full' });
  expect(calls).toBe(0);
  expect(t.queue('a').taken).toEqual([]);
  t.balanced();
});

test('an exporter in two pipelines of one receiver is handed the batch twice, with two reservations', async () => {
  const t = testGraph({ pipelines: { 'logs/one': [['in'], [], ['a']], 'logs/two': [['in'], [], ['a', 'b']] } });
  await t.receiver('in').next.consume(batchOf(2));
  expect(t.queue('a').ledger().entered).toBe(4);
  t.balanced();
});

test('what a processor drops before a dead queue is not counted by the queue', async () => {
  const t = testGraph({
    processors: { less: dropped(2, 'filtered') },
    pipelines: { logs: [['in'], ['less'], ['a', 'b']] },
  });
  t.queue('a').state = 'down';
  await t.receiver('in').next.consume(batchOf(5));
  expect(t.queue('a').turnedAway).toEqual([3]);
  t.balanced();
});

test('the promise is the acknowledgement of every queue, and carries its refusal', async () => {
  const { a, b, next, graph } = three();
  let settle = (): void => {};
  a.acknowledge = () => new Promise((resolve) => (settle = resolve));
  let done = false;
  const consumed = next.consume(batchOf(1)).then(() => (done = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(done).toBe(false);
  settle();
  await consumed;
  b.acknowledge = () => Promise.reject(new Error('gave up'));
  a.acknowledge = () => Promise.resolve();
  await expect(next.consume(batchOf(1))).rejects.toThrow('gave up');
  expect(graph.receivers[0]?.source.counts[0]).toMatchObject({ accepted: 1, failed: 1, refused: 0 });
});

test('a receiver is one instance for all its signals and pipelines, a processor one per pipeline', () => {
  const t = testGraph({
    processors: { p: (batch) => batch },
    pipelines: { logs: [['in'], ['p'], ['a']], 'logs/b': [['in'], ['p'], ['a']], traces: [['in'], [], ['a']] },
  });
  expect(t.creations.sort()).toEqual(['processor p', 'processor p', 'receiver in']);
  const { next } = t.receiver('in');
  expect([next.accepts('logs'), next.accepts('traces'), next.accepts('metrics')]).toEqual([true, true, false]);
});
