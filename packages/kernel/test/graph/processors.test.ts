import { expect, test } from '@jest/globals';
import { ConsumeError } from '@telemetryflow/kernel';
import fc from 'fast-check';
import { batchOf, dropped, testGraph } from './fixture.ts';

test('items a processor drops are counted by reason, and the rest goes on', async () => {
  const t = testGraph({
    processors: { first: dropped(2, 'filtered'), second: dropped(1, 'sampled') },
    pipelines: { logs: [['in'], ['first', 'second'], ['a']] },
  });
  await t.receiver('in').next.consume(batchOf(10));
  expect(t.queue('a').taken.map((batch) => batch.count)).toEqual([7]);
  expect(t.pipeline('logs').dropped).toEqual({ first: { filtered: 2 }, second: { sampled: 1 } });
  t.balanced();
});

test('a processor that drops the whole batch gives the reservations back', async () => {
  const t = testGraph({
    processors: { none: dropped(10, 'filtered') },
    pipelines: { logs: [['in'], ['none'], ['a', 'b']] },
  });
  await t.receiver('in').next.consume(batchOf(10));
  expect([t.queue('a').open, t.queue('a').taken.length]).toEqual([0, 0]);
  t.balanced();
});

test.each([
  [
    'throws',
    () => {
      throw new TypeError('oops');
    },
  ],
  ['rejects', () => Promise.reject(new TypeError('oops'))],
])(
  'a processor that %s costs its pipeline the batch as a bug, and breaks neither receiver nor siblings',
  async (_, process) => {
    const t = testGraph({
      processors: { bad: process },
      pipelines: { 'logs/bad': [['in'], ['bad'], ['a']], 'logs/good': [['in'], [], ['b']] },
    });
    await t.receiver('in').next.consume(batchOf(4));
    expect(t.pipeline('logs/bad').dropped).toEqual({ bad: { bug: 4 } });
    expect(t.queue('b').taken.length).toBe(1);
    expect(t.errors).toEqual(['processor:bad: oops']);
    t.balanced();
  },
);

test('what a processor neither hands on nor counts is counted as a bug; what it adds is added', async () => {
  const t = testGraph({
    processors: {
      forgets: (batch) => batchOf(batch.count - 3, batch.signal),
      forgetsAll: () => undefined as never,
      adds: (batch) => batchOf(batch.count + 5, batch.signal),
    },
    pipelines: {
      'logs/forgets': [['in'], ['forgets'], ['a']],
      'logs/all': [['in'], ['forgetsAll'], ['a']],
      'logs/adds': [['in'], ['adds'], ['a']],
    },
  });
  await t.receiver('in').next.consume(batchOf(10));
  expect(t.pipeline('logs/forgets').dropped).toEqual({ forgets: { bug: 3 } });
  expect(t.pipeline('logs/all').dropped).toEqual({ forgetsAll: { bug: 10 } });
  expect(t.pipeline('logs/adds')).toMatchObject({ added: 5, entered: 15 });
  t.balanced();
});

test('a drop of something else than a count, or for no known reason, is not believed', async () => {
  const t = testGraph({
    processors: {
      liar: (_, { drop }) => {
        drop(-5, 'filtered');
        drop(Number.NaN, 'filtered');
        drop(1, 'because' as never);
        return null;
      },
    },
    pipelines: { logs: [['in'], ['liar'], ['a']] },
  });
  await t.receiver('in').next.consume(batchOf(2));
  expect(t.pipeline('logs').dropped).toEqual({ liar: { bug: 2 } });
  t.balanced();
});

test('a processor that refuses gives everything back, in every pipeline, and nothing counts as dropped', async () => {
  const t = testGraph({
    processors: {
      less: dropped(1, 'filtered'),
      limiter: () => {
        throw new ConsumeError('memory', 'memory is short');
      },
    },
    pipelines: { 'logs/one': [['in'], ['less'], ['a']], 'logs/two': [['in'], ['less', 'limiter'], ['b']] },
  });
  await expect(t.receiver('in').next.consume(batchOf(4))).rejects.toMatchObject({ code: 'memory' });
  expect([t.queue('a').taken, t.queue('b').taken]).toEqual([[], []]);
  expect(t.pipeline('logs/one')).toMatchObject({ received: 4, refused: 4, dropped: { less: {} } });
  t.balanced();
});

test('an asynchronous processor holds its reservation, and traffic is idle only after it', async () => {
  let go = (): void => {};
  const gate = new Promise<void>((resolve) => (go = resolve));
  const t = testGraph({
    processors: {
      slow: async (batch) => {
        await gate;
        return batch;
      },
    },
    pipelines: { logs: [['in'], ['slow'], ['a']] },
  });
  const consumed = t.receiver('in').next.consume(batchOf(1));
  expect(t.queue('a').open).toBe(1);
  let idle = false;
  const waiting = t.traffic.idle().then(() => (idle = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(idle).toBe(false);
  go();
  await Promise.all([consumed, waiting]);
  expect(t.queue('a').taken.length).toBe(1);
  t.balanced();
});

test('the books of every pipeline add up, whatever processors and queues do', async () => {
  const behaviour = fc.constantFrom('pass', 'drop', 'lose', 'add', 'throw', 'reject', 'refuse', 'late');
  const queueState = fc.constantFrom('room', 'room', 'busy', 'down');
  const step = fc.record({
    items: fc.integer({ min: 0, max: 20 }),
    what: behaviour,
    states: fc.tuple(queueState, queueState),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      let what = 'pass';
      const t = testGraph({
        processors: {
          any: (batch, { drop }) => {
            if (what === 'throw') throw new Error('thrown');
            if (what === 'reject') return Promise.reject(new Error('rejected'));
            if (what === 'refuse') throw new ConsumeError('memory', 'short');
            if (what === 'add') return batchOf(batch.count + 1);
            if (what === 'late') return Promise.resolve(batch);
            if (what === 'pass') return batch;
            const less = Math.ceil(batch.count / 2);
            if (what === 'drop') drop(less, 'filtered');
            return batchOf(batch.count - less);
          },
          half: dropped(1, 'sampled'),
        },
        pipelines: {
          'logs/one': [['in'], ['any', 'half'], ['a', 'b']],
          'logs/two': [['in'], ['half', 'any'], ['b']],
          'logs/three': [['in'], [], ['a']],
        },
      });
      let offered = 0;
      for (const { items, what: next, states } of steps) {
        what = next;
        [t.queue('a').state, t.queue('b').state] = states;
        offered += items;
        await t
          .receiver('in')
          .next.consume(batchOf(items))
          .catch(() => {});
        t.balanced();
      }
      const counts = t.graph.receivers[0]?.source.counts[0];
      expect((counts?.accepted ?? 0) + (counts?.refused ?? 0)).toBe(offered);
      expect(t.pipeline('logs/one').received).toBe(offered);
    }),
    { numRuns: 100 },
  );
});
