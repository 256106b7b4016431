import { describe, expect, it } from '@jest/globals';
import { delivered, drop, type Encoded, type Outcome, type Payload } from '@telemetryflow/kernel';
import { expectSettled, type Fixture, idsOf, startedChain } from './fixture.ts';

type Encode = (count: number) => Iterable<Encoded>;

async function encoding(encode: Encode): Promise<Fixture> {
  const t = await startedChain({
    encode: (batch) => encode(batch.count),
    send: () => delivered(),
    exporter: { send: async (_payload: Payload) => delivered() },
  });
  await t.put(0, 10);
  await t.settle();
  return t;
}

describe('an encoder that', () => {
  it.each<[string, Encode, object]>([
    ['leaves items out', () => [{ body: 1, items: { from: 0, to: 7 } }], { delivered: 7, dropped: { bug: 3 } }],
    ['yields nothing', () => [], { delivered: 0, dropped: { bug: 10 } }],
    [
      'puts an item into two payloads',
      () => [
        { body: 1, items: { from: 0, to: 5 } },
        { body: 2, items: [4, 5, 6] },
        { body: 3, items: [7, 8, 9] },
      ],
      { delivered: 8, dropped: { bug: 2 } },
    ],
    ['names items that do not exist', () => [{ body: 1, items: { from: 0, to: 12 } }], { dropped: { bug: 10 } }],
    ['names items that are no numbers', () => [{ body: 1, items: [Number.NaN, -1, 0.5] }], { dropped: { bug: 10 } }],
    [
      'drops an item twice',
      () => [
        { dropped: [1, 1], reason: 'unsupported' },
        { body: 1, items: [0, 2, 3, 4, 5, 6, 7, 8, 9] },
      ],
      { delivered: 9, dropped: { unsupported: 1 } },
    ],
    [
      'drops everything',
      () => [{ dropped: { from: 0, to: Infinity }, reason: 'unsupported' }],
      { dropped: { unsupported: 10 } },
    ],
    [
      'throws halfway',
      function* () {
        yield { body: 1, items: { from: 0, to: 4 } };
        throw new TypeError('cannot read');
      },
      { delivered: 4, dropped: { bug: 6 } },
    ],
    ['yields null', () => [null as unknown as undefined], { dropped: { bug: 10 } }],
    ['yields a payload without items', () => [{ body: 1 } as unknown as undefined], { dropped: { bug: 10 } }],
    [
      'yields a range of no numbers',
      () => [{ body: 1, items: { from: 0, to: 4 } }, { body: 1, items: { from: 4 } } as unknown as undefined],
      { delivered: 4, dropped: { bug: 6 } },
    ],
    ['is no generator', () => 7 as unknown as Iterable<undefined>, { dropped: { bug: 10 } }],
    [
      'names items out of order',
      () => [
        { body: 1, items: { from: 5, to: 10 } },
        { body: 2, items: [4, 3, 2, 1, 0] },
      ],
      { delivered: 10, dropped: {} },
    ],
  ])('%s keeps the ledger right', async (_name, encode, expected) => {
    const t = await encoding(encode);
    const ledger = expectSettled(t.chain);
    expect(ledger).toMatchObject({ entered: 10, ...expected });
    const lost = ledger.dropped.bug ?? 0;
    if (lost > 0)
      expect(t.logs).toContainEqual(
        expect.objectContaining({ level: 'error', message: expect.stringContaining('Defect') }),
      );
  });
});

describe('an outcome that', () => {
  it.each<[string, unknown, object]>([
    ['is undefined', undefined, { dropped: { bug: 10 } }],
    ['is a string', 'ok', { dropped: { bug: 10 } }],
    ['cannot be read', { dropped: [{ reason: 'invalid' }] }, { dropped: { bug: 10 } }],
    [
      'names an unknown item',
      { dropped: [{ items: [3, 42], reason: 'invalid' }] },
      { delivered: 8, dropped: { invalid: 1, bug: 1 } },
    ],
    [
      'names an item twice',
      {
        dropped: [
          { items: [3, 3], reason: 'invalid' },
          { items: { from: 2, to: 4 }, reason: 'rejected' },
        ],
      },
      { delivered: 8, dropped: { invalid: 1, rejected: 1 } },
    ],
    ['drops more than there is', { dropped: [{ items: 99, reason: 'invalid' }] }, { dropped: { invalid: 10 } }],
    ['drops a negative number', { dropped: [{ items: -4, reason: 'invalid' }] }, { delivered: 10 }],
    [
      'has a reason of its own',
      { dropped: [{ items: [0], reason: 'nonsense' }] },
      { delivered: 9, dropped: { bug: 1 } },
    ],
    [
      'drops and retries the same item',
      { dropped: [{ items: [0], reason: 'invalid' }], retry: { items: [0, 1], reason: 'throttled' } },
      { delivered: 9, dropped: { invalid: 1 } },
    ],
  ])('%s keeps the ledger right', async (_name, outcome, expected) => {
    const t = await startedChain({ send: (_ids, { attempt }) => (attempt === 1 ? (outcome as Outcome) : delivered()) });
    await t.put(0, 10);
    await t.clock.advance(20_000);
    expect(expectSettled(t.chain)).toMatchObject({ entered: 10, ...expected });
  });
});

describe('surroundings that throw', () => {
  it('do not stop delivery', async () => {
    const fail = (): never => {
      throw new Error('broken');
    };
    const t = await startedChain({
      send: () => delivered({ warning: 'something odd' }),
      definition: { destination: fail },
      chain: { hooks: { onSend: fail, onDrop: fail }, tap: fail },
    });
    await t.put(0, 5);
    await t.settle();
    expect(expectSettled(t.chain).delivered).toBe(5);
  });

  it('do not stop delivery when it is the logger and the status', async () => {
    const fail = (): never => {
      throw new Error('broken');
    };
    const t = await startedChain({
      send: () => ({ dropped: [{ items: [0], reason: 'invalid' }], warning: 'odd' }),
    });
    const other = await startedChain({
      send: () => ({ dropped: [{ items: [0], reason: 'invalid' }], warning: 'odd' }),
      chain: {
        context: {
          id: 'other',
          dataSignal: 'logs',
          logger: { error: fail, warn: fail, info: fail, debug: fail },
          clock: t.clock,
          meter: undefined as never,
          status: { ok: fail, recoverable: fail, permanent: fail },
          signal: new AbortController().signal,
          extension: () => undefined,
        },
      },
    });
    for (const { put, settle, chain } of [t, other]) {
      await put(0, 5);
      await settle();
      expect(expectSettled(chain)).toMatchObject({ delivered: 4, dropped: { invalid: 1 } });
    }
  });

  it('cost the batch when preparing it throws, and only that batch', async () => {
    const t = await startedChain({
      encode: function* (batch) {
        const ids = idsOf(batch);
        if (ids.includes(0)) throw new RangeError('poison');
        yield { body: ids, items: { from: 0, to: ids.length } };
      },
    });
    await t.put(0, 2);
    await t.settle();
    await t.put(2, 4);
    await t.settle();
    expect(expectSettled(t.chain)).toMatchObject({ delivered: 2, dropped: { bug: 2 } });
  });
});

describe('what is left out as configured', () => {
  it.each(['filtered', 'sampled'] as const)('is told as information, and is no failure (%s)', async (reason) => {
    const t = await startedChain({
      encode: () => [
        { dropped: { from: 0, to: 5 }, reason, detail: 'at encoding' },
        { body: 1, items: { from: 5, to: 10 } },
      ],
      send: () => delivered(),
      exporter: { send: async (_payload: Payload) => drop(reason, 'at sending') },
    });
    await t.put(0, 10);
    await t.settle();
    expect(t.logs.map(({ level, message }) => `${level} ${message}`)).toEqual([
      `info Items were dropped (${reason}): at encoding`,
    ]);
    expect(t.statuses).toEqual([]);
    expect(expectSettled(t.chain)).toMatchObject({ delivered: 0, dropped: { [reason]: 10 } });
  });
});
