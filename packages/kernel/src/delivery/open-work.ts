/** The requests in delivery: what of each is still open, what had no attempt yet, and when it is settled. */
import type { Books } from './books.ts';
import type { QueuedRequest, RequestQueue } from './queue.ts';
import type { Job, Part, Work } from './work.ts';

export class OpenWork {
  readonly #queue: RequestQueue;
  readonly #books: Books;
  readonly #idPrefix: string;
  readonly #releases: boolean;
  readonly #onProgress: () => void;
  readonly #works = new Set<Work>();
  #ids = 0;

  /**
   * `idPrefix` tells the requests of this chain from all others. `releases`: after its attempts, nobody reads a batch
   * unless it is lent. `onProgress` hears when a request was settled, and
   * when all of it had an attempt: an answer may come before the encoder has finished.
   */
  constructor(
    queue: RequestQueue,
    books: Books,
    { idPrefix, releases, onProgress }: { idPrefix: string; releases: boolean; onProgress: () => void },
  ) {
    this.#queue = queue;
    this.#books = books;
    this.#idPrefix = idPrefix;
    this.#releases = releases;
    this.#onProgress = onProgress;
  }

  get none(): boolean {
    return this.#works.size === 0;
  }

  /** A request taken from the queue; its one open thing is the part to encode. */
  begin(request: QueuedRequest): Work {
    const work: Work = {
      request,
      id: `${this.#idPrefix}-${++this.#ids}`,
      encodedAt: 0,
      open: 1,
      unattempted: 1,
      items: request.count,
      lent: false,
      undelivered: false,
    };
    this.#works.add(work);
    this.#books.ledger.dispatch(request.count);
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

  /** One open thing less; with the last one the request is settled. */
  close(work: Work): void {
    work.open--;
    if (work.open === 0 && this.#works.delete(work)) {
      this.#queue.settle(work.request, work.undelivered, this.#releases && !work.lent);
    } else if (work.unattempted > 0) return;
    this.#onProgress();
  }

  /** Every batch up to this number has had an attempt, or was settled without. */
  allAttempted(sequence: number): boolean {
    if (this.#queue.firstSequence <= sequence) return false;
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
      this.#books.drop(work, work.items, 'shutdown', detail);
      this.#works.delete(work);
      // Attempts may still be on their way.
      this.#queue.settle(work.request, true, false);
    }
  }

  /** Drop what waits as `shutdown`. */
  dropQueued(detail: string): void {
    for (let items = this.#queue.dropOldest(); items > 0; items = this.#queue.dropOldest()) {
      this.#books.dropQueued(items, 'shutdown', detail);
    }
  }
}
