import { describe, expect, it } from '@jest/globals';
import { delivered, drop, partial, retry } from '@telemetryflow/kernel';
import { droppedFor, expectSettled, gateway, startedChain } from './fixture.ts';

describe('delivery of a payload', () => {
  it('sends what is put in, once', async () => {
    const t = await startedChain();
    await t.put(0, 10);
    await t.settle();
    expect(t.sent.map(({ ids }) => ids)).toEqual([[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]]);
    expect(expectSettled(t.chain)).toMatchObject({ entered: 10, delivered: 10, dropped: {} });
    expect(t.statuses).toEqual(['ok']);
    expect(t.clock.pending).toBe(0);
  });

  it('sends again what failed for now, after 5 s and then half as long again', async () => {
    const t = await startedChain({ send: (_ids, { attempt }) => (attempt < 3 ? retry('unavailable') : delivered()) });
    await t.put(0, 3);
    await t.clock.advance(12_499);
    expect(t.sent.map(({ at }) => at)).toEqual([0, 5000]);
    expect(t.ledger()).toMatchObject({ inFlight: 3, delivered: 0 });
    await t.clock.advance(1);
    expect(t.sent.map(({ at, attempt }) => [at, attempt])).toEqual([
      [0, 1],
      [5000, 2],
      [12_500, 3],
    ]);
    expect(t.encodes).toHaveLength(1);
    expect(expectSettled(t.chain).delivered).toBe(3);
    expect(t.statuses.map((status) => status.split(':')[0])).toEqual(['recoverable', 'ok']);
  });

  it('varies the delay by half in both directions', async () => {
    for (const [random, at] of [
      [0, 2500],
      [0.999999, 7500],
    ] as const) {
      const t = await startedChain({
        random: () => random,
        send: (_ids, { attempt }) => (attempt === 1 ? retry('network') : delivered()),
      });
      await t.put(0, 1);
      await t.clock.advance(10_000);
      expect(t.sent[1]?.at).toBe(at);
      expectSettled(t.chain);
    }
  });

  it('drops what the backend refuses for good, and never sends it again', async () => {
    const t = await startedChain({ send: () => drop('rejected', 'no such tenant') });
    await t.put(0, 4);
    await t.clock.advance(600_000);
    expect(t.sent).toHaveLength(1);
    expect(expectSettled(t.chain)).toMatchObject({ entered: 4, delivered: 0, dropped: { rejected: 4 } });
    expect(t.logs).toContainEqual(
      expect.objectContaining({ level: 'error', message: expect.stringContaining('no such tenant') }),
    );
  });

  it('gives up 5 minutes after the first attempt, with the reason of the last answer and an error in the log', async () => {
    const t = await startedChain({ send: () => retry('unavailable', { detail: 'HTTP 503' }) });
    await t.put(0, 7);
    await t.clock.advance(270_000);
    expect(t.ledger().inFlight).toBe(7);
    await t.clock.advance(60_000);
    expect(expectSettled(t.chain).dropped).toEqual({ unavailable: 7 });
    expect(t.sent.at(-1)?.at).toBeLessThanOrEqual(300_000);
    const errors = t.logs.filter(({ level }) => level === 'error');
    expect(errors).toHaveLength(1);
    expect(errors[0]?.fields).toMatchObject({ items: 7, reason: 'unavailable', detail: 'HTTP 503' });
  });

  it('gives up after max_attempts, and at once when retrying is off', async () => {
    for (const [options, attempts] of [
      [{ max_attempts: 3 }, 3],
      [{ enabled: false }, 1],
    ] as const) {
      const t = await startedChain({ send: () => retry('timeout'), config: { retry: options } });
      await t.put(0, 2);
      await t.clock.advance(60_000);
      expect(t.sent).toHaveLength(attempts);
      expect(expectSettled(t.chain).dropped).toEqual({ timeout: 2 });
    }
  });

  it('never gives up when max_elapsed is 0', async () => {
    const t = await startedChain({ send: () => retry('unavailable'), config: { retry: { max_elapsed: 0 } } });
    await t.put(0, 1);
    await t.clock.advance(3_600_000);
    expect(t.ledger()).toMatchObject({ inFlight: 1, dropped: {} });
  });

  it('retries each payload alone: what arrived is not sent again', async () => {
    let failures = 2;
    const t = await startedChain({
      perPayload: 2,
      send: (ids) => (ids[0] === 2 && failures-- > 0 ? retry('unavailable') : delivered()),
    });
    await t.put(0, 6);
    await t.clock.advance(60_000);
    expect(t.sent.map(({ ids }) => ids)).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
      [2, 3],
      [2, 3],
    ]);
    expect(expectSettled(t.chain).delivered).toBe(6);
  });

  it('lets others pass a payload in back-off', async () => {
    const t = await startedChain({
      definition: { concurrency: 1 },
      send: (ids, { attempt }) => (ids[0] === 0 && attempt === 1 ? retry('unavailable') : delivered()),
    });
    await t.put(0, 1);
    await t.settle();
    await t.put(1, 2);
    await t.settle();
    expect(t.sent.map(({ ids }) => ids[0])).toEqual([0, 1]);
    expect(t.chain.occupancy().requests).toBe(1);
    await t.clock.advance(5000);
    expect(t.sent.map(({ ids }) => ids[0])).toEqual([0, 1, 0]);
    expectSettled(t.chain);
  });

  it('books each item of a mixed answer by its own fate and encodes anew what is to be sent again', async () => {
    const t = await startedChain({
      send: (_ids, { attempt }) =>
        attempt === 1
          ? partial({
              dropped: [{ items: [1, 5], reason: 'invalid', detail: 'mapping' }],
              retry: { items: [7, 2], reason: 'throttled' },
            })
          : delivered(),
    });
    await t.put(0, 10);
    await t.settle();
    expect(t.ledger()).toMatchObject({ delivered: 6, inFlight: 2, dropped: { invalid: 2 } });
    await t.clock.advance(5000);
    expect(t.sent[1]).toMatchObject({ ids: [2, 7], attempt: 2 });
    expect(t.encodes[1]).toMatchObject({ ids: [2, 7], id: t.encodes[0]?.id, now: t.encodes[0]?.now });
    expect(expectSettled(t.chain)).toMatchObject({ delivered: 8, dropped: { invalid: 2 } });
  });

  it('takes a number of refused items where the backend does not say which', async () => {
    const t = await startedChain({ send: () => partial({ dropped: [{ items: 3, reason: 'rejected' }] }) });
    await t.put(0, 10);
    await t.settle();
    expect(expectSettled(t.chain)).toMatchObject({ delivered: 7, dropped: { rejected: 3 } });
  });

  it('sends again, at once and in the new mode, what an older protocol version needs', async () => {
    const t = await startedChain({
      send: (_ids, _options) =>
        t.encodes.at(-1)?.mode === 'v1'
          ? delivered()
          : { retry: { items: 'all', reason: 'unsupported', afterMs: 0 }, mode: 'v1' },
      config: { retry: { enabled: false } },
    });
    await t.put(0, 3);
    await t.settle();
    expect(t.encodes.map(({ mode }) => mode)).toEqual([undefined, 'v1']);
    expect(expectSettled(t.chain).delivered).toBe(3);
    await t.put(3, 4);
    await t.settle();
    expect(t.encodes.map(({ mode }) => mode)).toEqual([undefined, 'v1', 'v1']);
  });

  it('sends at once what is left when the backend names the culprits and takes nothing', async () => {
    const culprits = new Set([1, 5, 8]);
    const t = await startedChain({
      send: (ids) => {
        const bad = ids.find((id) => culprits.has(id));
        if (bad === undefined) return delivered();
        return partial({
          dropped: [{ items: [ids.indexOf(bad)], reason: 'invalid' }],
          retry: { items: ids.flatMap((id, at) => (id === bad ? [] : at)), reason: 'invalid', afterMs: 0 },
        });
      },
      config: { retry: { enabled: false } },
    });
    await t.put(0, 10);
    await t.settle();
    await t.settle();
    expect(t.clock.monotonic()).toBe(0);
    expect(t.sent.map(({ ids }) => ids.length)).toEqual([10, 9, 8, 7]);
    expect(expectSettled(t.chain)).toMatchObject({ delivered: 7, dropped: { invalid: 3 } });
  });

  it('does not spin on modes that alternate', async () => {
    let mode = 0;
    const t = await startedChain({
      send: () => ({ retry: { items: 'all', reason: 'unsupported', afterMs: 0 }, mode: ++mode }),
    });
    await t.put(0, 1);
    await t.clock.advance(4000);
    expect(t.sent.length).toBeLessThan(10);
    await t.clock.advance(600_000);
    expect(droppedFor(expectSettled(t.chain), 'unsupported')).toBe(1);
  });
});

describe('one attempt', () => {
  it('is aborted after its timeout and counts as a retryable failure', async () => {
    const t = await startedChain({
      config: { timeout: 2000 },
      send: (_ids, { attempt, signal }) =>
        attempt === 1
          ? new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
          : delivered(),
    });
    await t.put(0, 2);
    await t.clock.advance(2000);
    expect(t.ledger()).toMatchObject({ inFlight: 2 });
    await t.clock.advance(5000);
    expect(t.sent.map(({ at }) => at)).toEqual([0, 7000]);
    expect(expectSettled(t.chain).delivered).toBe(2);
  });

  it('may last as long as the exporter says, where it is more than a request', async () => {
    const t = await startedChain({
      config: { timeout: 2000 },
      definition: { attemptMs: (config) => (config as { timeout: number }).timeout + 60_000 },
      send: (_ids, { signal }) =>
        new Promise((resolve) => {
          t.clock.setTimeout(() => resolve(signal.aborted ? retry('timeout') : delivered()), 61_000);
        }),
    });
    await t.put(0, 2);
    await t.clock.advance(61_000);
    expect(expectSettled(t.chain).delivered).toBe(2);
  });

  it('gives its slot back when send ignores the abort signal, and ignores what send answers later', async () => {
    const late = gateway<ReturnType<typeof delivered>>();
    const t = await startedChain({
      definition: { concurrency: 1 },
      config: { timeout: 1000, retry: { enabled: false } },
      send: (ids) => (ids[0] === 0 ? late.promise : delivered()),
    });
    await t.put(0, 1);
    await t.settle();
    await t.put(1, 2);
    await t.clock.advance(2000);
    expect(t.sent).toHaveLength(2);
    late.open(delivered());
    await t.settle();
    expect(expectSettled(t.chain)).toMatchObject({ entered: 2, delivered: 1, dropped: { timeout: 1 } });
  });

  it('that throws a socket error is sent again; any other throw is a bug that is not', async () => {
    const errors = [
      Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
      new Error('outer', { cause: Object.assign(new Error('x'), { code: 'ENOTFOUND' }) }),
      new AggregateError([Object.assign(new Error('x'), { code: 'ETIMEDOUT' })], 'all failed'),
      new TypeError('x is not a function'),
    ];
    const t = await startedChain({
      config: { retry: { enabled: false } },
      send: (ids) => {
        throw errors[ids[0] ?? 0] as Error;
      },
    });
    for (let i = 0; i < errors.length; i++) {
      await t.put(i, i + 1);
      await t.settle();
    }
    expect(expectSettled(t.chain).dropped).toEqual({ network: 2, timeout: 1, bug: 1 });
    const bug = t.logs.find(({ message }) => message.includes('send threw'));
    expect(bug).toMatchObject({ level: 'error', fields: { stack: expect.stringContaining('retry.test') } });
  });

  it('reports what was sent, and shows every payload to the tap once', async () => {
    const events: unknown[] = [];
    const tapped: unknown[] = [];
    const t = await startedChain({
      perPayload: 2,
      send: (_ids, { attempt }) => (attempt === 1 ? retry('network') : delivered()),
      chain: {
        hooks: { onSend: ({ items, attempt }) => void events.push([items, attempt]) },
        tap: (payload) => void tapped.push(payload.body),
      },
    });
    await t.put(0, 4);
    await t.clock.advance(10_000);
    expect(events).toEqual([
      [2, 1],
      [2, 1],
      [2, 2],
      [2, 2],
    ]);
    expect(tapped).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expectSettled(t.chain);
  });
});
