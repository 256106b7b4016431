/** What an exporter is: pure encoding into payloads, one attempt to send each, and what the kernel must know of it. */
import type { Signal } from '@telemetryflow/otlp';
import type { Batch } from '../data/batch.ts';
import type { ComponentContext } from './context.ts';
import type { DefinitionBase, SignalSupport } from './definition.ts';
import type { Items, Outcome } from './outcome.ts';
import type { Reason } from './reason.ts';

/** What `encode` may know besides the batch. */
export interface EncodeContext {
  /** Milliseconds since the epoch at the first encode of the batch. */
  readonly now: number;
  /** Stable over retries and splits of the batch. */
  readonly id: string;
  /** The destination's current mode, as the last `send` that returned one set it. */
  readonly mode: unknown;
}

/** One request to be sent, and the items of the batch it carries. */
export interface Payload<B = unknown> {
  readonly body: B;
  readonly items: Items;
  /** With `ordered`: payloads of equal key go one at a time, retries included. */
  readonly key?: string;
  /** Oldest item time in ms since the epoch, for backends with an age limit. */
  readonly oldestMs?: number;
}

/** Items that cannot be sent to this backend. */
export interface Undeliverable {
  readonly dropped: Items;
  readonly reason: Reason;
  readonly detail?: string;
}

/** `undefined` (a bare `yield`, at least every 256 items) lets the kernel give the event loop back. */
export type Encoded<B = unknown> = Payload<B> | Undeliverable | undefined;

/** What `send` gets with each attempt. */
export interface SendOptions {
  /** Aborted at the attempt's timeout or the shutdown deadline. */
  readonly signal: AbortSignal;
  /** 1 for the first attempt. */
  readonly attempt: number;
}

/**
 * One exporter instance for one signal.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import type { EncodeContext, Encoded, Exporter, LogBatch, Payload, SendOptions } from '@telemetryflow/kernel';
 * import { batchFromRecords, delivered } from '@telemetryflow/kernel';
 * import { decodeJson } from '@telemetryflow/otlp';
 *
 * const sent: string[] = [];
 * const lines: Exporter<'logs', string> = {
 *   *encode(batch, { id }: EncodeContext): Iterable<Encoded<string>> {
 *     const body = batch
 *       .records()
 *       .map((each) => `${id} ${each.body}`)
 *       .join('\n');
 *     yield { body, items: { from: 0, to: batch.count } };
 *   },
 *   async send({ body }: Payload<string>, { attempt }: SendOptions) {
 *     sent.push(`${attempt}: ${body}`);
 *     return delivered();
 *   },
 * };
 * const text = '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"hello"}}]}]}]}';
 * const batch: LogBatch = batchFromRecords('logs', decodeJson('logs', text));
 * const [payload] = lines.encode(batch, { now: 0, id: 'b1', mode: undefined });
 * await lines.send(payload as Payload<string>, { signal: AbortSignal.timeout(1000), attempt: 1 });
 * assert.deepEqual(sent, ['1: b1 hello']);
 * ```
 */
export interface Exporter<S extends Signal = Signal, B = unknown> {
  /** Pure: no clock, network, environment or logger. Every item must be in exactly one payload or drop. */
  encode(batch: Batch<S>, context: EncodeContext): Iterable<Encoded<B>>;
  /** One attempt: no loop, no sleep. A throw is a bug, or a socket error the kernel classifies. */
  send(payload: Payload<B>, options: SendOptions): Promise<Outcome>;
  start?(): Promise<void>;
  stop?(): Promise<void>;
  /** Final payloads at shutdown, each with `items: []`. */
  drain?(now: number): Iterable<Payload<B>>;
  /**
   * True when neither `encode` nor `send` keeps anything of a batch or of a payload's body: after the end of the last
   * attempt nobody reads them, and the kernel uses their memory for other telemetry. Default false.
   */
  readonly releasesBatches?: boolean;
  /**
   * Told of each payload of `encode` at its end: nobody reads it any more, so the memory of its body may hold the next
   * one. Not told of a payload that a tap saw, that an attempt may still read which was given up without an answer, or
   * that shutdown cut off.
   */
  release?(payload: Payload<B>): void;
}

/** Hard bounds the chain applies before `encode`. */
export interface ExporterLimits {
  /** Never more items in one request. */
  readonly maxItems?: number;
  /** Items older than this (ms) are dropped as `too_old` before every attempt; needs `Payload.oldestMs`. */
  readonly maxAgeMs?: number;
}

/** What an exporter instance gets: one is made per signal. */
export interface ExporterContext extends ComponentContext {
  readonly dataSignal: Signal;
}

type PerSignal<C, T> = T | ((config: C, signal: Signal) => T);

/** What `validate --healthcheck` shows of a backend. */
export interface HealthcheckResult {
  readonly ok: boolean;
  readonly message: string;
}

/**
 * A kind of exporter: what it takes, its options, its limits, and how an instance is made.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import type { ExporterContext, ExporterDefinition, ExporterLimits, HealthcheckResult } from '@telemetryflow/kernel';
 * import { delivered, type Undeliverable } from '@telemetryflow/kernel';
 *
 * const limits: ExporterLimits = { maxItems: 500, maxAgeMs: 3_600_000 };
 * const nowhere: Pick<ExporterDefinition, 'limits' | 'healthcheck' | 'create'> = {
 *   limits,
 *   healthcheck: async (): Promise<HealthcheckResult> => ({ ok: true, message: 'there is nothing to reach' }),
 *   create: (_config, { dataSignal }: ExporterContext) => ({
 *     *encode({ count }): Iterable<Undeliverable> {
 *       yield { dropped: { from: 0, to: count }, reason: 'unsupported', detail: `${dataSignal} go nowhere` };
 *     },
 *     send: async () => delivered(),
 *   }),
 * };
 * const result = await nowhere.healthcheck?.({}, { signal: AbortSignal.timeout(1000) });
 * assert.deepEqual(result, { ok: true, message: 'there is nothing to reach' });
 * ```
 */
export interface ExporterDefinition<C = unknown> extends DefinitionBase<C> {
  readonly kind: 'exporter';
  readonly signals: SignalSupport;
  /** Which of the supported signals this configuration leaves on; default: the switches `metrics`, `logs`, `traces`. */
  enabledSignals?(config: C): readonly Signal[];
  /** The face `encode` reads; the queue keeps only that one. */
  readonly reads: PerSignal<C, 'records' | 'otlp'>;
  readonly temporality?: PerSignal<C, 'cumulative' | 'delta' | 'as_is'>;
  /**
   * With temporality `delta`: `delta` turns count and sum of summaries into differences too; `delta_or_quantiles` keeps
   * the quantiles of a first point that only sets the baseline, with a count and a sum of 0. Default `as_is`.
   */
  readonly summaries?: PerSignal<C, 'as_is' | 'delta' | 'delta_or_quantiles'>;
  /**
   * With temporality `delta`: what becomes of sums that may fall. `cumulative` (default): levels, delta ones are added
   * up. `as_is`: for backends that take levels and signed differences alike.
   */
  readonly nonMonotonic?: PerSignal<C, 'cumulative' | 'as_is'>;
  readonly limits?: PerSignal<C, ExporterLimits>;
  readonly ordered?: PerSignal<C, boolean>;
  /** Longest time of one `send` in ms, where an attempt is more than a request; default: the option `timeout`. */
  readonly attemptMs?: PerSignal<C, number>;
  /** Concurrent sends; default 4. */
  readonly concurrency?: PerSignal<C, number>;
  /** The gate a payload is behind; default: the exporter's signal. */
  destination?(config: C, signal: Signal, payload: Payload): string;
  /** Where a signal goes, as URLs or `host:port`, for the warning about a pipeline that feeds itself; default: unknown. */
  sendsTo?(config: C, signal: Signal): readonly string[];
  /** Several instances from one block, by name (webhook endpoints become `webhook/<name>`). */
  expand?(config: C): Readonly<Record<string, C>>;
  healthcheck?(config: C, options: { signal: AbortSignal }): Promise<HealthcheckResult>;
  /** No I/O here: that is for `start`. */
  create(config: C, context: ExporterContext): Exporter;
}
