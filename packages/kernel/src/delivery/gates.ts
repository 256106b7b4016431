/** The gates of one chain, one per destination, and what waits in front of them. */
import { Gate } from './gate.ts';
import type { Job } from './work.ts';

/** The destination of exporters that do not tell destinations apart. */
export const ONLY_DESTINATION = '';

export class Gates {
  readonly #gates = new Map<string, Gate<Job>>();
  /** The one gate of an exporter with a single destination. */
  readonly only: Gate<Job> | undefined;
  /** Since shutdown has begun: only delays that the backend named are kept. */
  stopping = false;

  constructor(single: boolean) {
    this.only = single ? this.of(ONLY_DESTINATION) : undefined;
  }

  /** True while a destination gives no sign of life, or refuses our credentials. */
  get down(): boolean {
    for (const gate of this.#gates.values()) if (gate.down) return true;
    return false;
  }

  /** Destinations that nothing is sent to now. */
  open(now: number): number {
    let open = 0;
    for (const gate of this.#gates.values()) if (gate.down || gate.until > now) open++;
    return open;
  }

  of(destination: string): Gate<Job> {
    let gate = this.#gates.get(destination);
    if (gate === undefined) {
      gate = new Gate(destination);
      this.#gates.set(destination, gate);
    }
    return gate;
  }

  admits(gate: Gate<Job>, now: number): 'all' | 'probe' | 'none' {
    return this.stopping && gate.state !== 'throttled' ? 'all' : gate.admits(now);
  }

  park(job: Job, now: number): void {
    job.authSince = job.gate.state === 'auth' && job.history.attempts > 0 ? now : -1;
    job.gate.parked.push(job);
  }

  /**
   * What may pass now, in order: everything where a gate is open, one where a probe is due. `ready` says whether a
   * payload for that gate is about to be sent already.
   */
  release(now: number, ready: (gate: Gate<Job>) => boolean): readonly Job[] {
    let released: Job[] | undefined;
    for (const gate of this.#gates.values()) {
      if (gate.parked.length === 0) continue;
      const admitted = this.admits(gate, now);
      if (admitted === 'none' || (admitted === 'probe' && ready(gate))) continue;
      released ??= [];
      for (const job of gate.parked.splice(0, admitted === 'probe' ? 1 : gate.parked.length)) {
        if (job.authSince >= 0) job.history.authWaitMs += now - job.authSince;
        job.authSince = -1;
        released.push(job);
      }
    }
    return released ?? [];
  }

  /** When the first gate that something waits for lets it pass, later than `now`. */
  nextOpening(now: number): number {
    let next = Infinity;
    for (const gate of this.#gates.values()) {
      if (gate.parked.length > 0 && gate.until > now) next = Math.min(next, gate.until);
    }
    return next;
  }

  /** Gates whose backend asked to wait beyond `time`. */
  closedBeyond(time: number): readonly Gate<Job>[] {
    return [...this.#gates.values()].filter((gate) => gate.state === 'throttled' && gate.until > time);
  }
}
