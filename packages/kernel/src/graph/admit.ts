/**
 * Fan-out admits before it accepts: every queue downstream reserves room, synchronously, or none does.
 */

import { ConsumeError } from '../component/errors.ts';
import type { Batch } from '../data/batch.ts';
import type { Admission, ExporterChain, Ticket } from '../delivery/chain.ts';

/**
 * One ticket per chain, in order. A backend that is only slow refuses the batch for all; one that is down gets a
 * ticket that turns the batch away for this backend alone, unless every backend is down.
 * Throws a ConsumeError, with nothing reserved, when the batch is refused.
 */
export function admitAll(chains: readonly ExporterChain[], count: number, bytes: number): readonly Ticket[] {
  const tickets: Ticket[] = [];
  const reserved: Ticket[] = [];
  const down: string[] = [];
  for (const chain of chains) {
    const admission: Admission = chain.admit(count, bytes);
    if (admission === 'busy') {
      for (const ticket of reserved) ticket.release();
      throw new ConsumeError('queue_full', `the queue of exporter "${chain.id}" for ${chain.signal} is full`);
    }
    if (admission === 'down') {
      down.push(chain.id);
      tickets.push(turnAway(chain));
    } else {
      reserved.push(admission);
      tickets.push(admission);
    }
  }
  if (down.length > 0 && reserved.length === 0) {
    throw new ConsumeError(
      'queue_full',
      `every queue is full and its backend is down: ${down.map((id) => `"${id}"`).join(', ')}`,
      5000,
    );
  }
  return tickets;
}

function turnAway(chain: ExporterChain): Ticket {
  return {
    accept(batch: Batch) {
      chain.turnAway(batch.count);
      return Promise.resolve();
    },
    release: () => {},
  };
}
