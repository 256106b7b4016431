import { expect, test } from '@jest/globals';
import { batchOf, testGraph } from './fixture.ts';

const plain = { pipelines: { logs: [['in'], [], ['a']] } } as const;
const spec = (): Parameters<typeof testGraph>[0] => ({ pipelines: { logs: [['in'], [], ['a']] } });

test('data before the start is refused with an error that says what to do', async () => {
  const t = testGraph(spec());
  t.traffic.state = 'closed';
  await expect(t.receiver('in').next.consume(batchOf(1))).rejects.toMatchObject({
    code: 'TFO_ERR_LIFECYCLE_NOT_STARTED',
    message: expect.stringContaining('await pipeline.start() first'),
  });
});

test('while stopping a receiver may hand over what it holds, and after that nothing is taken', async () => {
  const t = testGraph(spec());
  const { next, pressure } = t.receiver('in');
  t.traffic.state = 'draining';
  await next.consume(batchOf(1));
  expect(pressure()).toBe('shutdown');
  t.traffic.state = 'stopped';
  await expect(next.consume(batchOf(1))).rejects.toMatchObject({ code: 'shutdown' });
  expect(t.pipeline('logs')).toMatchObject({ received: 2, refused: 1 });
  t.balanced();
});

test('while memory is short data is refused, counted, and taken again afterwards', async () => {
  let rss = 100;
  const t = testGraph({
    ...spec(),
    memory: () => ({ rss, heapUsed: 0, heapLimit: 1000, available: 1000 }),
  });
  const { next, pressure } = t.receiver('in');
  await next.consume(batchOf(1));
  rss = 850;
  const undo = t.memory.limit();
  expect(pressure()).toBe('memory');
  await expect(next.consume(batchOf(2))).rejects.toMatchObject({ code: 'memory', retryAfterMs: 1000 });
  undo();
  expect(pressure()).toBeUndefined();
  await next.consume(batchOf(4));
  expect(t.graph.receivers[0]?.source.counts).toEqual([
    {
      signal: 'logs',
      transport: '',
      accepted: 5,
      refused: 2,
      failed: 0,
      requests: { success: 2, refused: 1, failure: 0 },
    },
  ]);
  t.balanced();
});

test('a signal that no pipeline takes is an error that names the signal', async () => {
  const t = testGraph(spec());
  await expect(t.receiver('in').next.consume(batchOf(1, 'metrics'))).rejects.toMatchObject({
    code: 'TFO_ERR_LIFECYCLE_NO_CONSUMER',
    message: expect.stringContaining('metrics'),
  });
});

test('an empty batch is acknowledged and counts nowhere', async () => {
  const t = testGraph(spec());
  await t.receiver('in').next.consume(batchOf(0));
  expect(t.pipeline('logs').received).toBe(0);
  expect(t.queue('a').taken).toEqual([]);
});

test('pipelines without receivers are fed from outside, the others are not', async () => {
  const t = testGraph({ pipelines: { ...plain.pipelines, 'logs/fed': [[], [], ['b']] } as never });
  await t.graph.feed.consume(batchOf(2));
  expect([t.queue('a').taken.length, t.queue('b').taken.length]).toEqual([0, 1]);
  t.balanced();
});

test('every edge can be tapped, and sees each batch that passes it', async () => {
  const t = testGraph({ processors: { p: (batch) => batch }, pipelines: { logs: [['in'], ['p'], ['a']] } });
  const [node] = t.graph.pipelines;
  const edges = [node?.in, node?.stages[0]?.out, node?.exporters[0]?.in].filter((edge) => edge !== undefined);
  const seen: string[] = [];
  for (const edge of edges) edge.tap = (batch) => void seen.push(`${edge.id} ${batch.count}`);
  await t.receiver('in').next.consume(batchOf(2));
  expect(seen).toEqual(['-> pipeline:logs 2', 'processor:p (logs) -> 2', 'pipeline:logs -> exporter:a 2']);
});
