/** Fan-out admits before it accepts: every queue that a batch will reach reserves room, synchronously, or none does. */
import { ConsumeError } from '../component/errors.ts';
import type { ExporterChain, Ticket } from './chain.ts';

/** What the sender should wait when every backend is down. */
const ALL_DOWN_RETRY_MS = 5000;

/**
 * One ticket per chain, in order. A backend that is only slow refuses the batch for all. One that is down gets a
 * ticket that turns the batch away for this backend alone; when all are down, the batch is refused. The batch is held
 * once in the memory budget, however many queues reserve it.
 *
 * Throws a {@link ConsumeError}, with nothing reserved, when the batch is refused.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type Admission, admit, ConsumeError, type ExporterChain } from '@telemetryflow/kernel';
 *
 * const answers = { loki: 'down', kafka: 'busy' } satisfies Record<string, Admission>;
 * const chains = Object.entries(answers).map(
 *   ([id, answer]) => ({ id, signal: 'logs', admit: (): Admission => answer }) as unknown as ExporterChain,
 * );
 * assert.throws(
 *   () => admit(chains, 10, 2000),
 *   (error) => ConsumeError.is(error) && error.message === 'the queue of exporter "kafka" for logs is full',
 * );
 * ```
 */
export function admit(chains: readonly ExporterChain[], count: number, bytes: number): readonly Ticket[] {
  const subject = {};
  const tickets: Ticket[] = [];
  let down = 0;
  for (const chain of chains) {
    const admission = chain.admit(count, bytes, subject);
    if (admission === 'busy') {
      for (const ticket of tickets) ticket.release();
      throw new ConsumeError('queue_full', `the queue of exporter "${chain.id}" for ${chain.signal} is full`);
    }
    if (admission === 'down') {
      down++;
      tickets.push(turnAway(chain));
    } else {
      tickets.push(admission);
    }
  }
  if (down > 0 && down === chains.length) {
    const ids = chains.map((chain) => `"${chain.id}"`).join(', ');
    throw new ConsumeError('queue_full', `every queue is full and its backend is down: ${ids}`, ALL_DOWN_RETRY_MS);
  }
  return tickets;
}

function turnAway(chain: ExporterChain): Ticket {
  return {
    accept: (batch) => {
      chain.turnAway(batch.count);
      return Promise.resolve();
    },
    release: () => {},
  };
}
