/** What follows from the outcome of an attempt: the books, the gate, and where the rest of the items goes. */
import type { Clock } from '../component/context.ts';
import type { Outcome, RetryItems } from '../component/outcome.ts';
import type { Reason } from '../component/reason.ts';
import { countItems } from '../data/items.ts';
import type { Books } from './books.ts';
import { knownReason } from './ledger.ts';
import type { Report } from './report.ts';
import { backoffMs, givesUp } from './retry.ts';
import type { DeliverySettings } from './settings.ts';
import { type Again, halves, type Settlement, settle } from './settle.ts';
import { type Job, newJob, type Part } from './work.ts';

/** What the outcome does to the flow of payloads. */
export interface Flow {
  /** Everything gets one attempt, and no other. */
  readonly stopping: boolean;
  /** The shutdown deadline passed: attempts in progress were cut off. */
  readonly aborted: boolean;
  /** The payload is settled. */
  finish(job: Job): void;
  /** `next` takes the place of `job`. */
  replace(job: Job, next: Job): void;
  /** Wait for the gate of the destination. */
  park(job: Job): void;
  /** Wait until `due` (monotonic ms). */
  delay(job: Job, due: number): void;
  /** Encode these parts of the payload's items at once; the payload itself is settled. */
  encodeAgain(job: Job, parts: readonly Part[]): void;
}

export interface OutcomesOptions {
  readonly settings: DeliverySettings;
  readonly books: Books;
  readonly report: Report;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
}

/** Changes of mode after which a payload is retried like any other: modes that alternate must not spin. */
const MAX_FALLBACK_ATTEMPTS = 5;

export class Outcomes {
  readonly #options: OutcomesOptions;
  readonly #flow: Flow;

  constructor(options: OutcomesOptions, flow: Flow) {
    this.#options = options;
    this.#flow = flow;
  }

  apply(job: Job, outcome: Outcome): void {
    const { books, report } = this.#options;
    const { gate, part } = job;
    const { retry, split } = outcome;
    const probe = job.probe;
    job.probe = false;
    if (outcome.warning !== undefined) report.warning(outcome.warning);
    if (retry === undefined && split === undefined && (outcome.dropped === undefined || outcome.dropped.length === 0)) {
      gate.answered();
      books.deliver(part.work, job.items);
      report.delivered();
      this.#flow.finish(job);
      return;
    }
    const settlement = this.#settled(job, outcome);
    if (settlement.fault !== undefined) report.bug(settlement.fault, undefined);
    books.deliver(part.work, settlement.delivered);
    let ours = 0;
    for (const { items, reason, detail } of settlement.dropped) {
      books.drop(part.work, items, reason, detail);
      if (reason === 'bug') ours += items;
    }
    if (settlement.retry !== undefined && retry !== undefined) {
      // Whoever took or judged some items is alive.
      const answered = settlement.delivered > 0 || settlement.dropped.length > 0;
      this.#sendAgain(job, retry, settlement.retry, { answered, lost: settlement.dropped.length, probe });
      return;
    }
    const [refused] = settlement.dropped;
    if (ours > 0 && ours === job.items) {
      if (probe) gate.probeLost();
    } else {
      gate.answered();
    }
    if (settlement.delivered > 0) report.delivered();
    else if (refused !== undefined) report.refused(refused.reason, refused.detail);
    if (settlement.split !== undefined && split !== undefined) {
      // Too large is no failure of this many items: it does not count as one of their attempts.
      job.history.attempts--;
      this.#cut(job, settlement.split, knownReason(split.reason), split.at, split.detail);
    } else {
      this.#flow.finish(job);
    }
  }

  /** Items of the payload are older than the backend takes: find them by cutting, and drop them alone. */
  tooOld(job: Job): void {
    this.#cut(job, 'all', 'too_old', undefined, 'older than the backend takes');
  }

  /** Not one attempt more. */
  giveUp(job: Job, reason: Reason, detail: string | undefined): void {
    this.#options.books.drop(job.part.work, job.items, reason, detail);
    this.#flow.finish(job);
  }

  #sendAgain(
    job: Job,
    retry: RetryItems,
    again: Again,
    { answered, lost, probe }: { answered: boolean; lost: number; probe: boolean },
  ): void {
    const { settings, clock, report, random } = this.#options;
    const { gate, history } = job;
    const now = clock.monotonic();
    const reason = knownReason(retry.reason);
    const { afterMs = 0, detail } = retry;
    // A fallback to another encoding is no failure of the backend: it may go at once, as may what is left of a
    // payload whose culprits were named and dropped. It shrinks each time, so it cannot spin.
    const shrunk = retry.afterMs === 0 && lost > 0;
    const changed = !Object.is(gate.mode, job.part.mode) && history.attempts < MAX_FALLBACK_ATTEMPTS;
    const fallback = shrunk || (retry.afterMs === 0 && changed);
    if (shrunk) history.attempts--;
    const auth = reason === 'auth';
    let wait = 0;
    if (auth) {
      gate.refused(now, probe);
      wait = Math.max(0, gate.until - now);
    } else if (afterMs > 0) {
      gate.throttle(now, afterMs);
      wait = afterMs;
    } else {
      if (answered || fallback) gate.answered();
      else gate.failed(now, probe);
      if (!fallback) wait = backoffMs(settings.retry, history.attempts, random());
    }
    if (!fallback) report.failing(reason, detail, wait);

    let next: Job;
    try {
      next = this.#again(job, again);
    } catch (error) {
      report.bug('items to send again could not be selected', error);
      const items = again === 'all' ? job.items : countItems(again);
      this.#options.books.drop(job.part.work, items, 'bug', 'items to send again could not be selected');
      this.#flow.finish(job);
      return;
    }
    next.lastReason = fallback ? undefined : reason;
    if (next !== job) this.#flow.replace(job, next);
    const last = this.#flow.stopping || givesUp(settings.retry, history, auth ? now : now + wait);
    if (last && !fallback) {
      this.giveUp(next, this.#flow.aborted ? 'shutdown' : reason, detail);
    } else if (auth || afterMs > 0) {
      this.#flow.park(next);
    } else {
      this.#flow.delay(next, now + wait);
    }
  }

  /** An outcome that cannot be read is a defect that costs the payload. */
  #settled(job: Job, outcome: Outcome): Settlement {
    try {
      return settle(job.payload?.items ?? [], outcome);
    } catch (error) {
      this.#options.report.bug('send answered an outcome that cannot be read', error);
      const dropped = [{ items: job.items, reason: 'bug' as const, detail: 'unreadable outcome' }];
      return { delivered: 0, dropped, retry: undefined, split: undefined, fault: undefined };
    }
  }

  /** The payload as it is, or its items to be encoded anew. */
  #again(job: Job, again: Again): Job {
    const { part, payload } = job;
    if (part.batch === undefined || payload === undefined) return job;
    const sameMode = Object.is(job.gate.mode, part.mode);
    if (again === 'all' && (sameMode || job.items === 0)) return job;
    const items = again === 'all' ? payload.items : again;
    const batch = part.batch.select(items);
    const { gate, lane, history } = job;
    const selection: Part = { work: part.work, batch, mode: undefined, history, gate, lane, fresh: false };
    return { ...newJob(selection, undefined, batch.count, job), slot: job.slot };
  }

  #cut(job: Job, cut: Again, reason: Reason, at: number | undefined, detail: string | undefined): void {
    const { part, payload } = job;
    const items = cut === 'all' ? (payload?.items ?? []) : cut;
    const count = countItems(items);
    const { batch } = part;
    if (count <= 1 || batch === undefined) {
      this.#options.books.drop(part.work, count, reason, detail);
      this.#flow.finish(job);
      return;
    }
    let parts: readonly Part[];
    try {
      parts = halves(items, at).map((half) => ({
        work: part.work,
        batch: batch.select(half),
        mode: undefined,
        history: job.history,
        gate: job.gate,
        lane: job.lane,
        fresh: true,
      }));
    } catch (error) {
      this.#options.report.bug('the items of a payload could not be cut', error);
      this.#options.books.drop(part.work, count, 'bug', 'the items of a payload could not be cut');
      this.#flow.finish(job);
      return;
    }
    this.#flow.encodeAgain(job, parts);
  }
}
