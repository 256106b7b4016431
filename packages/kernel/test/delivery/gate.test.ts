import { describe, expect, it } from '@jest/globals';
import { delivered, type Outcome, retry } from '@telemetryflow/kernel';
import { droppedFor, expectSettled, startedChain } from './fixture.ts';

describe('the gate of a destination', () => {
  it('waits exactly as long as the backend asks, for all payloads, and then goes on', async () => {
    let throttled = false;
    const t = await startedChain({
      send: () => {
        if (throttled) return delivered();
        throttled = true;
        return retry('throttled', { afterMs: 12_345 });
      },
    });
    await t.put(0, 1);
    await t.settle();
    await t.put(1, 2);
    await t.put(2, 3);
    await t.clock.advance(12_344);
    expect(t.sent).toHaveLength(1);
    expect(t.chain.admit(1, 1)).not.toBe('down');
    await t.clock.advance(1);
    expect(t.sent.slice(1).map(({ at }) => at)).toEqual([12_345, 12_345]);
    expect(t.sent[1]?.attempt).toBe(2);
    expect(t.ledger().delivered).toBe(3);
  });

  it('does not count delays the backend names as failures, and does not step the back-off by them', async () => {
    const t = await startedChain({
      send: (_ids, { attempt }) => (attempt <= 10 ? retry('throttled', { afterMs: 1000 }) : delivered()),
    });
    await t.put(0, 1);
    await t.clock.advance(10_000);
    expect(t.sent.map(({ at }) => at)).toEqual([0, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 10_000]);
    expect(expectSettled(t.chain).delivered).toBe(1);
  });

  it('gives up a payload whose backend asks to wait beyond max_elapsed', async () => {
    const t = await startedChain({ send: () => retry('throttled', { afterMs: 400_000 }) });
    await t.put(0, 5);
    await t.settle();
    expect(expectSettled(t.chain).dropped).toEqual({ throttled: 5 });
  });

  it('breaks after 5 failures in a row, then sends one probe after 1 s, 2 s, 4 s ... 30 s', async () => {
    let up = false;
    const t = await startedChain({
      config: { retry: { initial: 1, max: 1, jitter: 0, max_elapsed: 0 }, batch_size: 1, max_batch_items: 1 },
      definition: { concurrency: 1 },
      send: (): Outcome => (up ? delivered() : retry('network')),
    });
    await t.put(0, 8);
    await t.clock.advance(100);
    expect(t.sent).toHaveLength(5);
    const broken = t.sent[4]?.at ?? 0;
    await t.clock.advance(100_000);
    expect(t.sent.slice(5).map(({ at }) => at - broken)).toEqual([1000, 3000, 7000, 15_000, 31_000, 61_000, 91_000]);
    up = true;
    await t.clock.advance(30_000);
    await t.settle();
    expect(expectSettled(t.chain).delivered).toBe(8);
  });

  it('is not broken by failures with a success between them', async () => {
    let n = 0;
    const t = await startedChain({
      config: { retry: { initial: 10, max: 10, jitter: 0 } },
      send: () => (++n % 5 === 0 ? delivered() : retry('unavailable')),
    });
    for (let i = 0; i < 6; i++) {
      await t.put(i, i + 1);
      await t.clock.advance(60);
    }
    expect(t.sent).toHaveLength(30);
    expect(expectSettled(t.chain).delivered).toBe(6);
  });

  it('probes refused credentials after 30 s, 60 s and then every 5 minutes, and keeps the data', async () => {
    let allowed = false;
    const t = await startedChain({
      send: () => (allowed ? delivered() : retry('auth', { detail: 'HTTP 401: check the api_key' })),
    });
    await t.put(0, 3);
    await t.clock.advance(30_000 + 60_000 + 300_000 + 300_000);
    expect(t.sent.map(({ at }) => at)).toEqual([0, 30_000, 90_000, 390_000, 690_000]);
    expect(t.ledger()).toMatchObject({ inFlight: 3, dropped: {} });
    expect(t.statuses[0]).toContain('check the api_key');
    allowed = true;
    await t.put(3, 5);
    await t.clock.advance(300_000);
    expect(expectSettled(t.chain).delivered).toBe(5);
  });

  it('counts time after the auth gate towards max_elapsed again', async () => {
    let answer: Outcome = retry('auth');
    const t = await startedChain({ send: () => answer });
    await t.put(0, 1);
    await t.clock.advance(30_000 + 60_000 + 300_000 - 1);
    answer = retry('unavailable');
    await t.clock.advance(250_000);
    expect(t.ledger().inFlight).toBe(1);
    await t.clock.advance(100_000);
    expect(expectSettled(t.chain).dropped).toEqual({ unavailable: 1 });
  });

  it('drops as auth when attempts are bounded', async () => {
    const t = await startedChain({ send: () => retry('auth'), config: { retry: { max_attempts: 2 } } });
    await t.put(0, 3);
    await t.clock.advance(30_000);
    expect(droppedFor(expectSettled(t.chain), 'auth')).toBe(3);
  });

  it('stands before one destination only', async () => {
    const t = await startedChain({
      definition: { destination: (_config, _signal, payload) => String((payload.body as number[])[0]) },
      perPayload: 1,
      send: (ids, { attempt }) => (ids[0] === 0 && attempt < 3 ? retry('throttled', { afterMs: 60_000 }) : delivered()),
    });
    await t.put(0, 3);
    await t.settle();
    expect(t.ledger().delivered).toBe(2);
    await t.put(3, 4);
    await t.settle();
    expect(t.ledger().delivered).toBe(3);
    await t.clock.advance(120_000);
    expect(expectSettled(t.chain).delivered).toBe(4);
  });

  it('asks the next payload to probe when the one at hand is given up instead', async () => {
    let up = false;
    const t = await startedChain({
      perPayload: 1,
      definition: { concurrency: 8 },
      config: { retry: { initial: 1, max: 1, jitter: 0, max_elapsed: 1500 } },
      send: () => (up ? delivered() : retry('network')),
    });
    await t.put(0, 8);
    await t.clock.advance(1100);
    await t.put(8, 10);
    await t.clock.advance(800);
    up = true;
    await t.clock.advance(1200);
    await t.settle();
    const ledger = expectSettled(t.chain);
    expect(ledger.dropped).toEqual({ network: 8 });
    expect(ledger.delivered).toBe(2);
  });

  it('tells the first failure at once with a hint, repeats once a minute, and tells when it is over', async () => {
    let up = false;
    const t = await startedChain({ send: () => (up ? delivered() : retry('network', { detail: 'ECONNREFUSED' })) });
    await t.put(0, 1);
    await t.settle();
    expect(t.logs).toEqual([
      expect.objectContaining({
        level: 'warn',
        message: 'Sending fails (network): ECONNREFUSED',
        fields: expect.objectContaining({ hint: expect.stringContaining('endpoint') }),
      }),
    ]);
    await t.clock.advance(59_000);
    expect(t.logs).toHaveLength(1);
    await t.clock.advance(31_000);
    expect(t.logs).toHaveLength(2);
    expect(t.logs[1]?.fields).toMatchObject({ suppressed: expect.any(Number) });
    up = true;
    await t.clock.advance(60_000);
    expect(t.logs.at(-1)).toMatchObject({ level: 'info', message: 'The backend takes data again' });
    expectSettled(t.chain);
  });
});
