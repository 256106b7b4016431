/**
 * Moves payloads: from the encode lane to the gate of their destination, into one of the concurrent sends, into
 * back-off and out again, and takes the next request when a send is free. One timer in all.
 *
 *   request -> lane -> ready -> (gate | back-off) -> send -> outcome
 */
import type { Clock, TimerHandle } from '../component/context.ts';
import type { Exporter, Payload } from '../component/exporter.ts';
import type { Outcome } from '../component/outcome.ts';
import type { Books } from './books.ts';
import { DelayHeap } from './delay-heap.ts';
import { EncodeLane } from './encode-lane.ts';
import { Gates, ONLY_DESTINATION } from './gates.ts';
import { type DeliveryHooks, type PayloadTap, sendEvent } from './hooks.ts';
import { OpenWork } from './open-work.ts';
import { type KeyLane, KeyLanes } from './ordering.ts';
import { type Flow, Outcomes } from './outcomes.ts';
import type { Preparation } from './prepare.ts';
import type { RequestQueue } from './queue.ts';
import type { Report } from './report.ts';
import { givesUp } from './retry.ts';
import type { Sender } from './sender.ts';
import type { DeliverySettings } from './settings.ts';
import type { Turns } from './turns.ts';
import { type Job, newJob, noHistory, type Part } from './work.ts';

export interface DispatcherOptions {
  readonly exporter: Exporter;
  readonly settings: DeliverySettings;
  readonly queue: RequestQueue;
  readonly books: Books;
  readonly report: Report;
  readonly clock: Clock;
  readonly random: () => number;
  readonly turns: Turns;
  readonly preparation: Preparation;
  readonly sender: Sender;
  readonly hooks: DeliveryHooks;
  /** Where a payload goes, when the exporter tells destinations apart. */
  readonly destination: ((payload: Payload) => string) | undefined;
  /** Prefix of the ids of this chain's requests. */
  readonly idPrefix: string;
  /** Something settled or was attempted. */
  readonly onProgress: () => void;
}

export class Dispatcher implements Flow {
  tap: PayloadTap | undefined;
  readonly #options: DispatcherOptions;
  readonly #lane: EncodeLane;
  readonly #outcomes: Outcomes;
  readonly #ready: Job[] = [];
  readonly #delayed = new DelayHeap<Job>();
  readonly #gates: Gates;
  readonly #keys = new KeyLanes();
  readonly #work: OpenWork;
  #mode: unknown;
  #slots = 0;
  #running = false;
  #stopAt = Infinity;
  #aborted = false;
  #pumping = false;
  #pumpAgain = false;
  #timer: TimerHandle | undefined;
  #wakeAt = Infinity;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#work = new OpenWork(options);
    this.#gates = new Gates(options.destination === undefined);
    this.#outcomes = new Outcomes(options, this);
    this.#lane = new EncodeLane({
      ...options,
      modeOf: (part) => (part.gate === undefined ? this.#mode : part.gate.mode),
      onPayload: (part, payload, items) => this.#addPayload(part, payload, items),
      onEncoded: (part) => this.#encoded(part),
    });
  }

  get stopping(): boolean {
    return this.#gates.stopping;
  }

  get aborted(): boolean {
    return this.#aborted;
  }

  get down(): boolean {
    return this.#gates.down;
  }

  activity(now: number): { readonly sending: number; readonly gatesOpen: number } {
    return { sending: this.#slots, gatesOpen: this.#gates.open(now) };
  }

  /** Nothing waits and nothing is on its way. */
  get idle(): boolean {
    return this.#work.none && this.#options.queue.waiting === 0;
  }

  /** Every batch up to this number has had an attempt, or was settled without. */
  attempted(sequence: number): boolean {
    return this.#work.allAttempted(sequence);
  }

  start(): void {
    this.#running = true;
    this.pump();
  }

  /**
   * From now on everything gets one attempt, breakers and back-off notwithstanding. What stands behind a throttle
   * delay that ends after `stopAt` (monotonic ms) is given up at once.
   */
  stop(stopAt: number): void {
    this.#gates.stopping = true;
    this.#stopAt = stopAt;
    this.#ready.unshift(...this.#delayed.clear());
    this.pump();
  }

  /** The deadline passed: what fails now, fails because of it. */
  abort(reason: Error): void {
    this.#aborted = true;
    this.#options.sender.abort(reason);
  }

  /** Time is up: everything left is dropped as `shutdown`. */
  cut(): void {
    this.close();
    this.#work.cut();
  }

  /** Stop for good. */
  close(): void {
    this.#running = false;
    this.#timer?.cancel();
    this.#lane.clear();
  }

  /** Do whatever can be done now. */
  pump(): void {
    if (!this.#running) return;
    if (this.#pumping) {
      this.#pumpAgain = true;
      return;
    }
    this.#pumping = true;
    let now = 0;
    try {
      do {
        this.#pumpAgain = false;
        now = this.#options.clock.monotonic();
        if (this.stopping) this.#abandonHopeless();
        this.#openGates(now);
        this.#takeDue(now);
        this.#sendReady(now);
        this.#takeRequest(now);
      } while (this.#pumpAgain);
    } finally {
      this.#pumping = false;
    }
    this.#arm(now);
  }

  // ---- Flow: what outcomes do ------------------------------------------------------------------------------------

  finish(job: Job): void {
    // Without an attempt nothing else would look at what waits behind it.
    this.#pumpAgain = true;
    this.#leaveSlot(job);
    this.#work.attempted(job);
    this.#work.release(job);
    if (job.lane !== undefined) {
      job.lane.active = undefined;
      this.#nextOf(job.lane);
    }
    this.#work.close(job.part.work);
  }

  replace(job: Job, next: Job): void {
    this.#work.release(job);
    job.slot = false;
    if (job.lane !== undefined) job.lane.active = next;
  }

  park(job: Job): void {
    this.#leaveSlot(job);
    this.#gates.park(job, this.#options.clock.monotonic());
    if (this.stopping) this.#pumpAgain = true;
  }

  delay(job: Job, due: number): void {
    if (!this.#options.settings.ordered) this.#leaveSlot(job);
    this.#delayed.push(job, due);
  }

  encodeAgain(job: Job, parts: readonly Part[]): void {
    for (const part of parts) this.#work.open(part, part.fresh);
    if (job.lane !== undefined) job.lane.parts += parts.length;
    this.#lane.addFirst(parts);
    this.finish(job);
  }

  // ---- From the queue through the lane ---------------------------------------------------------------------------

  #takeRequest(now: number): void {
    const { queue, settings } = this.#options;
    if (!this.#wantsRequest(now) || queue.readyAt() > now) return;
    if (this.#slots + this.#ready.length >= settings.concurrency) return;
    const request = queue.take();
    if (request === undefined) return;
    const work = this.#work.begin(request);
    const gate = this.#gates.only;
    this.#lane.add({
      work,
      batch: undefined,
      mode: undefined,
      history: noHistory(),
      gate,
      lane: undefined,
      fresh: true,
    });
  }

  /** With one destination nothing is encoded that could not be sent. */
  #wantsRequest(now: number): boolean {
    if (!this.#lane.idle) return false;
    const { only } = this.#gates;
    return only === undefined || this.#gates.admits(only, now) !== 'none';
  }

  #addPayload(part: Part, payload: Payload, items: number): void {
    const { report, destination, settings } = this.#options;
    let to = ONLY_DESTINATION;
    try {
      if (this.tap !== undefined) {
        part.work.lent = true;
        this.tap(payload);
      }
      if (destination !== undefined) to = destination(payload);
    } catch (error) {
      report.bug(this.tap === undefined ? 'destination threw' : 'destination or a tap threw', error);
    }
    let lane = part.lane;
    if (lane === undefined && settings.ordered) lane = this.#keys.of(payload.key ?? '');
    const job = newJob(part, payload, items, { gate: this.#gates.of(to), lane });
    this.#work.open(part, job.fresh);
    if (lane === undefined) {
      this.#ready.push(job);
    } else {
      (part.lane === undefined ? lane.waiting : lane.again).push(job);
      this.#nextOf(lane);
    }
    this.pump();
  }

  #encoded(part: Part): void {
    const { work, lane } = part;
    if (part.fresh) work.unattempted--;
    if (lane !== undefined) {
      lane.parts--;
      this.#nextOf(lane);
    }
    this.#work.close(work);
    this.pump();
  }

  // ---- Sending ---------------------------------------------------------------------------------------------------

  #sendReady(now: number): void {
    const { concurrency, ordered } = this.#options.settings;
    for (;;) {
      if (this.#ready.length === 0) return;
      // Back from back-off with a slot of its own (ordered): it needs no other.
      const at = this.#slots < concurrency ? 0 : ordered ? this.#ready.findIndex((job) => job.slot) : -1;
      const [job] = at < 0 ? [] : this.#ready.splice(at, 1);
      if (job === undefined) return;
      this.#send(job, now);
    }
  }

  #send(job: Job, now: number): void {
    const { settings, clock, sender } = this.#options;
    const { history, payload, gate } = job;
    if (job.lastReason !== undefined && !this.stopping && givesUp(settings.retry, history, now)) {
      this.#outcomes.giveUp(job, job.lastReason, 'gave up after waiting for the backend');
      return;
    }
    const admitted = this.#gates.admits(gate, now);
    if (admitted === 'none') {
      this.park(job);
      return;
    }
    if (payload === undefined) {
      this.encodeAgain(job, [job.part]);
      return;
    }
    if (payload.oldestMs !== undefined && clock.now() - payload.oldestMs > settings.maxAgeMs) {
      this.#outcomes.tooOld(job);
      return;
    }
    if (admitted === 'probe') {
      gate.startProbe();
      job.probe = true;
    }
    if (!job.slot) {
      job.slot = true;
      this.#slots++;
    }
    history.attempts++;
    if (history.firstAttemptAt < 0) history.firstAttemptAt = now;
    sender.send(payload, history.attempts, (outcome, durationMs, ended) => {
      if (!ended) job.part.work.lent = true;
      this.#answered(job, outcome, durationMs);
    });
  }

  #answered(job: Job, outcome: Outcome, durationMs: number): void {
    if (!this.#running) return;
    this.#observe(job, outcome, durationMs);
    if (outcome.mode !== undefined) {
      job.gate.mode = outcome.mode;
      this.#mode = outcome.mode;
    }
    this.#work.attempted(job);
    this.#outcomes.apply(job, outcome);
    this.#options.onProgress();
    this.pump();
  }

  #observe(job: Job, outcome: Outcome, durationMs: number): void {
    const { hooks, report } = this.#options;
    if (hooks.onSend === undefined) return;
    try {
      hooks.onSend(sendEvent(job, outcome, durationMs));
    } catch (error) {
      report.bug('a delivery hook threw', error);
    }
  }

  // ---- Gates, back-off and the timer -----------------------------------------------------------------------------

  #takeDue(now: number): void {
    const due = this.#delayed.takeDue(now);
    if (due.length > 0) this.#ready.unshift(...due);
  }

  /** What waited for a gate that is open again goes before everything else. */
  #openGates(now: number): void {
    const released = this.#gates.release(now, (gate) => this.#ready.some((job) => job.gate === gate));
    if (released.length > 0) this.#ready.unshift(...released);
  }

  #abandonHopeless(): void {
    const detail = 'the backend asked to wait beyond the shutdown deadline';
    for (const gate of this.#gates.closedBeyond(this.#stopAt)) {
      for (const job of gate.parked.splice(0)) this.#outcomes.giveUp(job, 'shutdown', detail);
      if (gate !== this.#gates.only) continue;
      this.#work.dropQueued(detail);
      this.#options.onProgress();
    }
  }

  #arm(now: number): void {
    const { clock, queue, settings } = this.#options;
    let wakeAt = Math.min(this.#delayed.nextDue, this.#gates.nextOpening(now));
    if (queue.waiting > 0 && this.#lane.idle && this.#slots + this.#ready.length < settings.concurrency) {
      const takeAt = Math.max(queue.readyAt(), this.#gates.only?.until ?? 0);
      if (takeAt > now) wakeAt = Math.min(wakeAt, takeAt);
    }
    if (wakeAt === this.#wakeAt) return;
    this.#timer?.cancel();
    this.#wakeAt = wakeAt;
    this.#timer = undefined;
    if (wakeAt === Infinity) return;
    const wait = Math.max(0, Math.ceil(wakeAt - now));
    this.#timer = clock.setTimeout(() => {
      this.#wakeAt = Infinity;
      this.pump();
    }, wait);
  }

  // ---- Slots and keys ----------------------------------------------------------------------------------------

  #leaveSlot(job: Job): void {
    if (!job.slot) return;
    job.slot = false;
    this.#slots--;
  }

  #nextOf(lane: KeyLane): void {
    if (lane.active !== undefined) return;
    const next = this.#keys.next(lane);
    if (next !== undefined) this.#ready.push(next);
  }
}
