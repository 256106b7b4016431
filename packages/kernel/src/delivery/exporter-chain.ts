/** The delivery chain of one exporter instance and signal, put together, and its life: start, flush, shutdown. */
import { setImmediate } from 'node:timers';
import type { Signal } from '@telemetryflow/otlp';
import type { Exporter, ExporterContext, ExporterDefinition, Payload } from '../component/exporter.ts';
import { loadApi } from '../telemetry/api.ts';
import { Books } from './books.ts';
import { MemoryBudget } from './budget.ts';
import type { Admission, ExporterChain, Ledger } from './chain.ts';
import { Dispatcher } from './dispatcher.ts';
import type { DeliveryHooks, PayloadTap } from './hooks.ts';
import { Intake } from './intake.ts';
import { Keeper } from './keeper.ts';
import { ItemLedger } from './ledger.ts';
import { MemoryQueue } from './memory-queue.ts';
import { Preparation } from './prepare.ts';
import type { QueueOccupancy } from './queue.ts';
import { Report } from './report.ts';
import { Sender } from './sender.ts';
import { type DeliverySettings, deliverySettings } from './settings.ts';
import { withoutTracing } from './suppression.ts';
import { PROCESS_TURNS, type Turns } from './turns.ts';

/** What a chain is made of. */
export interface ExporterChainOptions {
  readonly definition: ExporterDefinition;
  /** Decoded. */
  readonly config: unknown;
  /** Default: what the definition creates. */
  readonly exporter?: Exporter;
  readonly context: ExporterContext;
  /** Shared by the chains of one pipeline. Default: 64 MiB of its own. */
  readonly budget?: MemoryBudget;
  /** In [0, 1); for the jitter of retries. Default `Math.random`. */
  readonly random?: () => number;
  /** Default: those of the process. */
  readonly turns?: Turns;
  readonly hooks?: DeliveryHooks;
  /** Since when series of metrics were seen from their beginning, in ms since the epoch. Default: now. */
  readonly startedAtMs?: number;
  readonly tap?: PayloadTap;
}

const DEFAULT_BUDGET_BYTES = 64 * 1024 * 1024;

/**
 * A chain that is not started: it takes batches, and sends nothing before `start`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { metrics } from '@opentelemetry/api';
 * import debug from '@telemetryflow/exporter-debug';
 * import type {
 *   ExporterChain,
 *   ExporterChainOptions,
 *   Ledger,
 *   PayloadTap,
 *   SendEvent,
 *   Ticket,
 * } from '@telemetryflow/kernel';
 * import {
 *   batchFromRecords,
 *   consoleLogger,
 *   createExporterChain,
 *   createPluginLookup,
 *   type DeliveryHooks,
 *   type ExporterContext,
 *   resolveConfig,
 *   systemClock,
 * } from '@telemetryflow/kernel';
 * import { decodeJson } from '@telemetryflow/otlp';
 *
 * const source = { object: { exporters: { debug: {} } } };
 * const { config } = await resolveConfig([source], { plugins: createPluginLookup({ plugins: [debug] }) });
 * const context: ExporterContext = {
 *   id: 'debug',
 *   dataSignal: 'logs',
 *   logger: consoleLogger('warn'),
 *   clock: systemClock,
 *   meter: metrics.getMeter('example'),
 *   status: { ok() {}, recoverable() {}, permanent() {} },
 *   signal: new AbortController().signal,
 *   extension: () => undefined,
 * };
 * const attempts: SendEvent[] = [];
 * const hooks: DeliveryHooks = { onSend: (event) => attempts.push(event) };
 * const bodies: unknown[] = [];
 * const tap: PayloadTap = ({ body }) => bodies.push(body);
 * const options: ExporterChainOptions = {
 *   definition: debug,
 *   config: config.exporters.get('debug')?.config,
 *   context,
 *   hooks,
 * };
 * const chain: ExporterChain = createExporterChain({ ...options, tap });
 * await chain.start();
 * const batch = batchFromRecords(
 *   'logs',
 *   decodeJson('logs', '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{},{}]}]}]}'),
 * );
 * const ticket = chain.admit(batch.count, batch.bytes) as Ticket;
 * await ticket.accept(batch);
 * await chain.shutdown(AbortSignal.timeout(1000));
 * const ledger: Ledger = chain.ledger();
 * assert.deepEqual([ledger.delivered, attempts.length, bodies.length], [2, 1, 1]);
 * ```
 */
export function createExporterChain(options: ExporterChainOptions): ExporterChain {
  return new Chain(options);
}

interface FlushWaiter {
  readonly sequence: number;
  readonly done: () => void;
}

class Chain implements ExporterChain {
  readonly id: string;
  readonly signal: Signal;
  readonly #context: ExporterContext;
  readonly #exporter: Exporter;
  readonly #settings: DeliverySettings;
  readonly #ledger = new ItemLedger();
  readonly #report: Report;
  readonly #queue: MemoryQueue;
  readonly #sender: Sender;
  readonly #intake: Intake;
  readonly #dispatcher: Dispatcher;
  readonly #books: Books;
  readonly #unsubscribe: (() => void) | undefined;
  #flushes: FlushWaiter[] = [];
  #idle: (() => void) | undefined;
  #started = false;
  #stopped: Promise<void> | undefined;

  constructor(options: ExporterChainOptions) {
    const { definition, config, context, random = Math.random, turns = PROCESS_TURNS, hooks = {} } = options;
    const budget = options.budget ?? new MemoryBudget(DEFAULT_BUDGET_BYTES);
    this.id = context.id;
    this.signal = context.dataSignal;
    this.#context = context;
    this.#exporter = options.exporter ?? definition.create(config, context);
    this.#settings = deliverySettings(definition, config, this.signal);
    this.#report = new Report(context);
    this.#books = new Books(this.#ledger, this.#report, hooks);
    this.#queue = new MemoryQueue(this.#settings, budget.join());
    const { clock } = context;
    this.#sender = new Sender({
      exporter: this.#exporter,
      clock,
      timeoutMs: this.#settings.timeoutMs,
      onBug: (what, error) => this.#report.bug(what, error),
    });
    const { destination } = definition;
    this.#dispatcher = new Dispatcher({
      exporter: this.#exporter,
      settings: this.#settings,
      queue: this.#queue,
      books: this.#books,
      report: this.#report,
      clock,
      random,
      turns,
      preparation: new Preparation(this.signal, this.#settings, options.startedAtMs ?? clock.now()),
      sender: this.#sender,
      hooks,
      destination:
        destination === undefined ? undefined : (payload: Payload) => destination(config, this.signal, payload),
      idPrefix: Math.random().toString(36).slice(2, 10),
      onProgress: () => this.#progressed(),
    });
    this.#dispatcher.tap = options.tap;
    const keeper = new Keeper(this.#queue, turns);
    this.#intake = new Intake({
      id: this.id,
      queue: this.#queue,
      settings: this.#settings.queue,
      books: this.#books,
      clock,
      down: () => this.#dispatcher.down,
      onQueued: () => {
        this.#dispatcher.pump();
        keeper.queued();
      },
    });
    this.#unsubscribe =
      this.#settings.queue.onFull === 'block' ? budget.onRelease(() => this.#intake.unblock()) : undefined;
  }

  get tap(): PayloadTap | undefined {
    return this.#dispatcher.tap;
  }

  set tap(tap: PayloadTap | undefined) {
    this.#dispatcher.tap = tap;
  }

  admit(count: number, bytes: number, subject: object = {}): Admission {
    return this.#intake.admit(count, bytes, subject);
  }

  turnAway(count: number): void {
    this.#books.turnAway(count, 'the queue is full and the backend is down');
  }

  ledger(): Ledger {
    return this.#ledger.view();
  }

  occupancy(): QueueOccupancy {
    return this.#queue.occupancy();
  }

  activity(): { readonly sending: number; readonly gatesOpen: number } {
    return this.#dispatcher.activity(this.#context.clock.monotonic());
  }

  async start(): Promise<void> {
    await loadApi();
    await withoutTracing(() => this.#exporter.start?.());
    if (this.#stopped !== undefined) return;
    this.#started = true;
    this.#dispatcher.start();
  }

  async flush(deadline: AbortSignal): Promise<void> {
    if (!this.#started || this.#stopped !== undefined || deadline.aborted) return;
    const sequence = this.#queue.lastSequence;
    this.#queue.flush(sequence);
    this.#dispatcher.pump();
    if (this.#dispatcher.attempted(sequence)) return;
    await new Promise<void>((resolve) => {
      const waiter: FlushWaiter = { sequence, done };
      const flushes = this.#flushes;
      function done(): void {
        deadline.removeEventListener('abort', done);
        const at = flushes.indexOf(waiter);
        if (at >= 0) flushes.splice(at, 1);
        resolve();
      }
      flushes.push(waiter);
      deadline.addEventListener('abort', done, { once: true });
    });
  }

  shutdown(deadline: AbortSignal, remainingMs = Infinity): Promise<void> {
    this.#stopped ??= this.#stop(deadline, remainingMs);
    return this.#stopped;
  }

  async #stop(deadline: AbortSignal, remainingMs: number): Promise<void> {
    this.#intake.close();
    this.#queue.flush(this.#queue.lastSequence);
    if (this.#started && !deadline.aborted) {
      this.#dispatcher.stop(this.#context.clock.monotonic() + remainingMs);
      await this.#untilIdle(deadline);
      if (!deadline.aborted) await this.#drain(deadline);
    }
    if (!this.#dispatcher.idle) await this.#cut();
    this.#dispatcher.close();
    await this.#stopExporter(deadline);
    for (const { done } of [...this.#flushes]) done();
    this.#unsubscribe?.();
    this.#queue.close();
    const { shutdown = 0 } = this.#ledger.view().dropped;
    if (shutdown > 0) this.#report.lostAtShutdown(shutdown);
    this.#report.close();
  }

  async #untilIdle(deadline: AbortSignal): Promise<void> {
    if (this.#dispatcher.idle || deadline.aborted) return;
    await new Promise<void>((resolve) => {
      this.#idle = resolve;
      deadline.addEventListener('abort', () => resolve(), { once: true });
    });
    this.#idle = undefined;
  }

  /** Attempts in progress are aborted and may still answer; what is left then is lost. */
  async #cut(): Promise<void> {
    this.#dispatcher.abort(new DOMException('The shutdown deadline passed', 'AbortError'));
    await turn();
    this.#dispatcher.cut();
  }

  /** Final payloads, one attempt each. */
  async #drain(deadline: AbortSignal): Promise<void> {
    if (this.#exporter.drain === undefined) return;
    const abort = (): void => this.#sender.abort(new DOMException('The shutdown deadline passed', 'AbortError'));
    deadline.addEventListener('abort', abort, { once: true });
    try {
      for (const payload of this.#exporter.drain(this.#context.clock.now())) {
        if (deadline.aborted) break;
        await new Promise<void>((resolve) => {
          this.#sender.send(payload, 1, ({ retry }) => {
            if (retry !== undefined) this.#report.failing(retry.reason, retry.detail, Infinity);
            resolve();
          });
        });
      }
    } catch (error) {
      this.#report.bug('drain threw', error);
    } finally {
      deadline.removeEventListener('abort', abort);
    }
  }

  async #stopExporter(deadline: AbortSignal): Promise<void> {
    const stopping = withoutTracing(async () => this.#exporter.stop?.()).catch((error: unknown) =>
      this.#report.bug('stop threw', error),
    );
    // Past the deadline an exporter that closes at once still may.
    const late = deadline.aborted
      ? turn()
      : new Promise<void>((resolve) => deadline.addEventListener('abort', () => resolve(), { once: true }));
    await Promise.race([stopping, late]);
  }

  #progressed(): void {
    this.#intake.unblock();
    if (this.#flushes.length > 0) {
      for (const waiter of [...this.#flushes]) if (this.#dispatcher.attempted(waiter.sequence)) waiter.done();
    }
    if (this.#idle !== undefined && this.#dispatcher.idle) this.#idle();
  }
}

/** Let everything that is ready to run, run. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}
