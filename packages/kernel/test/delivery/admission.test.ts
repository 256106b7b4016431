import { describe, expect, it } from '@jest/globals';
import { ConsumeError, delivered, type Outcome, retry } from '@telemetryflow/kernel';
import { fakeClock } from '@telemetryflow/testkit';
import { admit } from '../../src/delivery/admission.ts';
import { expectLedger, expectSettled, type Fixture, numberedBatch, type SendScript, startedChain } from './fixture.ts';

const config = {
  batch_size: 1,
  max_batch_items: 1,
  queue: { max_requests: 6 },
  retry: { initial: 1, max: 1, jitter: 0, max_elapsed: 0 },
};

async function three(...scripts: readonly SendScript[]): Promise<readonly Fixture[]> {
  const clock = fakeClock();
  return Promise.all(
    scripts.map((send, i) =>
      startedChain({ id: `exporter/${i}`, clock, config, send, definition: { concurrency: 8 } }),
    ),
  );
}

/** Hand over one item to all, as a receiver does. */
async function consume(fixtures: readonly Fixture[], id: number): Promise<'accepted' | 'refused'> {
  const batch = numberedBatch(id, id + 1);
  try {
    const tickets = admit(
      fixtures.map(({ chain }) => chain),
      batch.count,
      batch.bytes,
    );
    await Promise.all(tickets.map((ticket) => ticket.accept(batch)));
  } catch (error) {
    if (!ConsumeError.is(error)) throw error;
    return 'refused';
  }
  await fixtures[0]?.clock.advance(10);
  return 'accepted';
}

const up: SendScript = () => delivered();
const down: SendScript = () => retry('network');
const slow: SendScript = () => retry('throttled', { afterMs: 3_600_000 });
const unauthorised: SendScript = () => retry('auth');

describe('a batch for three exporters', () => {
  it.each([
    ['down', down],
    ['refusing our credentials', unauthorised],
  ])('goes on to the healthy ones when one is %s and its queue is full', async (_name, dead) => {
    const fixtures = await three(up, dead, up);
    for (let i = 0; i < 20; i++) expect(await consume(fixtures, i)).toBe('accepted');
    const [first, second, third] = fixtures.map(({ chain }) => expectLedger(chain));
    expect(first).toMatchObject({ entered: 20, delivered: 20 });
    expect(third).toMatchObject({ entered: 20, delivered: 20 });
    expect(second).toMatchObject({ entered: 20, delivered: 0, dropped: { queue_full: 14 } });
    expect((second?.queued ?? 0) + (second?.inFlight ?? 0)).toBe(6);
  });

  it('is refused for all, and enqueued nowhere, when one is only slow and its queue is full', async () => {
    const fixtures = await three(up, slow, up);
    for (let i = 0; i < 6; i++) expect(await consume(fixtures, i)).toBe('accepted');
    for (let i = 6; i < 9; i++) expect(await consume(fixtures, i)).toBe('refused');
    for (const { chain } of fixtures) expect(expectLedger(chain).entered).toBe(6);
    const [first] = fixtures;
    expect(first?.chain.occupancy()).toMatchObject({ requests: 0, bytes: 0 });
  });

  it('is refused when all are down', async () => {
    const fixtures = await three(down, unauthorised, down);
    let accepted = 0;
    while (accepted < 50 && (await consume(fixtures, accepted)) === 'accepted') accepted++;
    expect(accepted).toBe(6);
    for (const { chain } of fixtures) expect(expectLedger(chain)).toMatchObject({ entered: 6, dropped: {} });
  });

  it('is taken by all again when the dead one is back', async () => {
    let answer: Outcome = retry('network');
    const fixtures = await three(up, () => answer, up);
    for (let i = 0; i < 10; i++) await consume(fixtures, i);
    answer = delivered();
    await fixtures[0]?.clock.advance(120_000);
    expect(await consume(fixtures, 10)).toBe('accepted');
    const [first, second] = fixtures.map(({ chain }) => expectSettled(chain));
    expect(first?.delivered).toBe(11);
    expect(second).toMatchObject({ entered: 11, delivered: 7, dropped: { queue_full: 4 } });
  });

  it('is refused for all when a dead one says so (on_full: refuse)', async () => {
    const clock = fakeClock();
    const a = await startedChain({ clock, config, send: up });
    const b = await startedChain({
      clock,
      config: { ...config, queue: { max_requests: 6, on_full: 'refuse' } },
      send: down,
      definition: { concurrency: 8 },
    });
    for (let i = 0; i < 6; i++) expect(await consume([a, b], i)).toBe('accepted');
    expect(await consume([a, b], 6)).toBe('refused');
    expect(expectLedger(b.chain)).toMatchObject({ entered: 6, dropped: {} });
  });
});
