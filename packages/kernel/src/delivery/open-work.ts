/** The requests in delivery: what of each is still open, what had no attempt yet, and when it is settled. */
import type { Exporter } from '../component/exporter.ts';
import type { Books } from './books.ts';
import type { QueuedRequest, RequestQueue } from './queue.ts';
import type { Report } from './report.ts';
import type { Job, Part, Work } from './work.ts';

export interface OpenWorkOptions {
  readonly exporter: Exporter;
  readonly queue: RequestQueue;
  readonly books: Books;
  readonly report: Report;
  /** Tells the requests of this chain from all others. */
  readonly idPrefix: string;
  /**
   * A request was settled, or all of it had an attempt. An answer may come before the encoder has finished, so the
   * latter too can be the end of a flush.
   */
  readonly onProgress: () => void;
}

export class OpenWork {
  readonly #options: OpenWorkOptions;
  readonly #works = new Set<Work>();
  #ids = 0;

  constructor(options: OpenWorkOptions) {
    this.#options = options;
  }

  get none(): boolean {
    return this.#works.size === 0;
  }

  /** A request taken from the queue; its one open thing is the part to encode. */
  begin(request: QueuedRequest): Work {
    const work: Work = {
      request,
      id: `${this.#options.idPrefix}-${++this.#ids}`,
      encodedAt: 0,
      open: 1,
      unattempted: 1,
      items: request.count,
      lent: false,
      undelivered: false,
    };
    this.#works.add(work);
    this.#options.books.ledger.dispatch(request.count);
    return work;
  }

  /** Something more of the work is open: a payload, or a part to encode. */
  open({ work }: Part, fresh: boolean): void {
    work.open++;
    if (fresh) work.unattempted++;
  }

  /** The payload had an attempt, or needs none. */
  attempted(job: Job): void {
    if (!job.fresh) return;
    job.fresh = false;
    job.part.work.unattempted--;
  }

  /** The payload has ended, and nobody reads it any more unless the work is lent. */
  release({ payload, part }: Job): void {
    if (payload === undefined || part.work.lent) return;
    const { exporter, report } = this.#options;
    try {
      exporter.release?.(payload);
    } catch (error) {
      report.bug('release threw', error);
    }
  }

  /** One open thing less; with the last one the request is settled. */
  close(work: Work): void {
    work.open--;
    if (work.open === 0 && this.#works.delete(work)) {
      const { exporter, queue } = this.#options;
      queue.settle(work.request, work.undelivered, exporter.releasesBatches === true && !work.lent);
    } else if (work.unattempted > 0) return;
    this.#options.onProgress();
  }

  /** Every batch up to this number has had an attempt, or was settled without. */
  allAttempted(sequence: number): boolean {
    if (this.#options.queue.firstSequence <= sequence) return false;
    for (const work of this.#works) {
      if (work.unattempted > 0 && work.request.firstSequence <= sequence) return false;
    }
    return true;
  }

  /** Drop what is left as `shutdown`. */
  cut(): void {
    const detail = 'the deadline passed';
    this.dropQueued(detail);
    for (const work of this.#works) {
      this.#options.books.drop(work, work.items, 'shutdown', detail);
      this.#works.delete(work);
      // Attempts may still be on their way.
      this.#options.queue.settle(work.request, true, false);
    }
  }

  /** Drop what waits as `shutdown`. */
  dropQueued(detail: string): void {
    for (let items = this.#options.queue.dropOldest(); items > 0; items = this.#options.queue.dropOldest()) {
      this.#options.books.dropQueued(items, 'shutdown', detail);
    }
  }
}
