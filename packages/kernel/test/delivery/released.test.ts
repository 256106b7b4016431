/** The memory of settled batches and payloads is used again, and never while somebody may read it. */
import { describe, expect, it } from '@jest/globals';
import { delivered, drop, type Outcome, type Payload, retry } from '@telemetryflow/kernel';
import { encode, type LogRecord } from '@telemetryflow/otlp';
import fc from 'fast-check';
import type { Batch } from '../../src/data/batch.ts';
import { batchFromRecords, segmentsOf } from '../../src/data/segmented.ts';
import { chainFixture, expectSettled, type Fixture, type FixtureOptions, numbered, ticketOf } from './fixture.ts';

/** Records whose bytes are worth keeping. */
function large(from: number, count = 32): LogRecord[] {
  return numbered(from, from + count).map((record) => ({ ...record, attributes: { text: `${from} `.repeat(100) } }));
}

const largeBatch = (from: number, count?: number): Batch => batchFromRecords('logs', large(from, count)) as Batch;

interface Sending {
  readonly bodies: Uint8Array[];
  readonly chain: Fixture['chain'];
  readonly fixture: Fixture;
}

function sending(
  send: (body: Uint8Array) => Outcome | Promise<Outcome>,
  { exporter, ...options }: FixtureOptions = {},
): Sending {
  const bodies: Uint8Array[] = [];
  const fixture = chainFixture({
    ...options,
    definition: { reads: 'otlp', ...options.definition },
    exporter: {
      encode: function* (batch: Batch) {
        yield { body: batch.otlp(), items: { from: 0, to: batch.count } };
      },
      send: async ({ body }) => {
        bodies.push(body as Uint8Array);
        return send(body as Uint8Array);
      },
      releasesBatches: true,
      ...exporter,
    },
  });
  return { bodies, chain: fixture.chain, fixture };
}

async function put({ chain, fixture }: Sending, ...batches: Batch[]): Promise<void> {
  for (const batch of batches) {
    await ticketOf(chain, batch).accept(batch);
    await fixture.settle();
  }
}

describe('a settled batch', () => {
  it('leaves its memory to the next one', async () => {
    const one = sending(() => delivered());
    await one.chain.start();
    await put(one, largeBatch(1000), largeBatch(2000));
    expect(one.bodies[1]?.buffer).toBe(one.bodies[0]?.buffer);
    expectSettled(one.chain);
  });

  it('keeps it when its exporter does not promise to let go', async () => {
    const one = sending(() => delivered(), { exporter: { releasesBatches: false } });
    await one.chain.start();
    await put(one, largeBatch(1000), largeBatch(2000));
    expect(one.bodies[1]?.buffer).not.toBe(one.bodies[0]?.buffer);
  });

  it('keeps it when a tap saw its payload', async () => {
    const one = sending(() => delivered(), { chain: { tap: () => undefined } });
    await one.chain.start();
    await put(one, largeBatch(1000), largeBatch(2000));
    expect(one.bodies[1]?.buffer).not.toBe(one.bodies[0]?.buffer);
  });

  it('keeps it when an attempt was given up that has not ended', async () => {
    const answers: (Outcome | Promise<Outcome>)[] = [new Promise<Outcome>(() => undefined), drop('invalid')];
    const one = sending(() => answers.shift() ?? delivered(), { config: { timeout: 1000, retry: { initial: 1 } } });
    await one.chain.start();
    await put(one, largeBatch(1000));
    await one.fixture.clock.advance(20_000);
    await put(one, largeBatch(2000));
    expect(one.bodies).toHaveLength(3);
    expect(one.bodies[1]).toBe(one.bodies[0]);
    expect(one.bodies[2]?.buffer).not.toBe(one.bodies[0]?.buffer);
  });

  it('keeps it while another queue holds it, and its bytes are made anew when they are gone', async () => {
    let answer: (outcome: Outcome) => void = () => undefined;
    const slow = sending(() => new Promise<Outcome>((resolve) => (answer = resolve)));
    const fast = sending(() => delivered());
    await slow.chain.start();
    await fast.chain.start();
    const batch = largeBatch(1000);
    const expected = encode('logs', large(1000));
    await put(slow, batch);
    await put(fast, batch, largeBatch(2000));
    expect(fast.bodies[0]).toBe(slow.bodies[0]);
    expect(fast.bodies[1]?.buffer).not.toBe(slow.bodies[0]?.buffer);
    expect(Buffer.compare(slow.bodies[0] ?? new Uint8Array(), expected)).toBe(0);
    answer(delivered());
    await slow.fixture.settle();
    await put(fast, batch);
    expect(Buffer.compare(fast.bodies[2] ?? new Uint8Array(), expected)).toBe(0);
  });

  it('says so when somebody asks for its bytes all the same', async () => {
    let seen: Batch | undefined;
    const one = sending(() => delivered(), {
      exporter: {
        encode: function* (batch: Batch) {
          seen = batch;
          yield { body: batch.otlpParts()[0]?.bytes, items: { from: 0, to: batch.count } };
        },
      },
    });
    await one.chain.start();
    await put(one, largeBatch(1000));
    const [segment] = segmentsOf(seen as Batch);
    expect(segment?.gone).toBe(true);
    expect(() => segment?.otlp()).toThrow('settled');
    expect(() => segment?.records()).toThrow('settled');
  });
});

/** What was released, by the first item of each payload, and what was not while it was being sent. */
function releasing(answers: (Outcome | Promise<Outcome>)[], options: FixtureOptions = {}) {
  const released: number[] = [];
  const fixture = chainFixture({
    perPayload: 2,
    config: { timeout: 1000, retry: { initial: 1, max_attempts: 3 } },
    send: () => answers.shift() ?? delivered(),
    exporter: { release: ({ body }: Payload) => void released.push((body as number[])[0] as number) },
    ...options,
  });
  return { released, fixture };
}

describe('a payload', () => {
  it('is released once, when it was delivered or dropped', async () => {
    const { released, fixture } = releasing([delivered(), drop('invalid')]);
    await fixture.chain.start();
    await fixture.put(0, 4);
    await fixture.settle();
    expect(released).toEqual([0, 2]);
  });

  it('is not released between its attempts', async () => {
    const { released, fixture } = releasing([retry('unavailable'), delivered()]);
    await fixture.chain.start();
    await fixture.put(0, 2);
    await fixture.settle();
    expect(released).toEqual([]);
    await fixture.clock.advance(10_000);
    expect(fixture.sent.map(({ ids }) => ids)).toEqual([
      [0, 1],
      [0, 1],
    ]);
    expect(released).toEqual([0]);
  });

  it('is released when others take its place', async () => {
    const { released, fixture } = releasing([
      { split: { reason: 'too_large' } },
      delivered(),
      delivered(),
      { retry: { items: [0], reason: 'throttled', afterMs: 5 } },
    ]);
    await fixture.chain.start();
    await fixture.put(0, 2);
    await fixture.clock.advance(10_000);
    await fixture.put(2, 4);
    await fixture.clock.advance(10_000);
    expect(fixture.sent.map(({ ids }) => ids)).toEqual([[0, 1], [0], [1], [2, 3], [2]]);
    expect(released).toEqual([0, 0, 1, 2, 2]);
  });

  it('is not released when a tap saw it', async () => {
    const { released, fixture } = releasing([], { chain: { tap: () => undefined } });
    await fixture.chain.start();
    await fixture.put(0, 2);
    await fixture.settle();
    expect(fixture.sent).toHaveLength(1);
    expect(released).toEqual([]);
  });

  it('is not released when an attempt was given up that has not ended', async () => {
    const { released, fixture } = releasing([new Promise(() => undefined), drop('invalid')]);
    await fixture.chain.start();
    await fixture.put(0, 2);
    await fixture.clock.advance(20_000);
    expect(fixture.ledger().dropped).toEqual({ invalid: 2 });
    expect(released).toEqual([]);
  });

  it('is settled although its release throws', async () => {
    const { fixture } = releasing([], {
      exporter: {
        release: () => {
          throw new Error('no');
        },
      },
    });
    await fixture.chain.start();
    await fixture.put(0, 4);
    await fixture.settle();
    expect(fixture.ledger().delivered).toBe(4);
    expect(fixture.logs.map(({ message }) => message)).toContainEqual(expect.stringContaining('release threw'));
  });
});

describe('the bytes of a batch', () => {
  it('are not written over while they are sent, however batches are shared, retried, cut and given up', async () => {
    const outcome = fc.constantFrom<() => Outcome>(
      () => delivered(),
      () => drop('invalid'),
      () => retry('unavailable'),
      () => ({ split: { reason: 'too_large' } }),
      () => ({ retry: { items: [0, 3], reason: 'throttled', afterMs: 5 } }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(outcome, fc.nat(30)), { minLength: 1, maxLength: 30 }),
        fc.array(fc.constantFrom(20, 100, 200), { minLength: 3, maxLength: 8 }),
        async (script, sizes) => {
          const changed: number[] = [];
          let step = 0;
          // One backend is slower: it still sends what the other has settled.
          const chains = [20, 0].map((slowerMs) => {
            const one: Sending = sending(
              async (body) => {
                const [next, waitMs] = script[step++ % script.length] ?? [() => delivered(), 0];
                const before = Buffer.from(body);
                const { clock } = one.fixture;
                await new Promise<void>((resolve) => void clock.setTimeout(resolve, waitMs + slowerMs));
                if (Buffer.compare(before, body) !== 0) changed.push(step);
                return next();
              },
              { config: { retry: { initial: 1, max: 10, max_attempts: 3 } } },
            );
            return one;
          });
          for (const { chain } of chains) await chain.start();
          for (const [n, size] of sizes.entries()) {
            const batch = largeBatch(n * 1000, size);
            for (const { chain } of chains) await ticketOf(chain, batch).accept(batch);
            for (const { fixture } of chains) await fixture.clock.advance(n % 3 === 2 ? 10 : 1);
          }
          for (const { chain, fixture } of chains) {
            // Behind a gate that opens slowly, some wait for minutes.
            for (let i = 0; i < 100 && chain.ledger().inFlight + chain.ledger().queued > 0; i++) {
              await fixture.clock.advance(10_000);
            }
          }
          expect(changed).toEqual([]);
          for (const { chain } of chains) expectSettled(chain);
        },
      ),
      { numRuns: 30 },
    );
  });
});
