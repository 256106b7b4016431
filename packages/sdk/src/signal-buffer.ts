/**
 * What lies between the host's `span.end()` or `logger.emit()` and the pipeline: one bounded array per signal. No
 * promise, timer or closure per item; everything goes on at 512 items or in the next turn of the event loop.
 *
 *   push -> array -> (pipeline running? attributes of the resource there?) -> pipeline.consume
 *
 * Not a queue: as soon as the pipeline runs, its exporters' queues hold the data, with their own bounds.
 */
import { setImmediate } from 'node:timers';
import { ConsumeError, type Pipeline, type PipelineInput, type Reason } from '@telemetryflow/kernel';
import type { RecordOf, ResourceRecord } from '@telemetryflow/otlp';
import type { DropCount } from './drop-count.ts';
import type { ResourceGate } from './resource-gate.ts';

const HAND_OVER_ITEMS = 512;
const COMPLETE = Object.freeze({ complete: true });

export interface SignalBufferOptions {
  readonly gate: ResourceGate;
  readonly drops: DropCount;
  /** Items held while the pipeline starts or a resource is incomplete; more are dropped and counted. */
  readonly maxItems: number;
}

export class SignalBuffer<S extends 'traces' | 'logs'> {
  readonly #signal: S;
  readonly #options: SignalBufferOptions;
  #records: RecordOf[S][] = [];
  #pipeline: Pipeline | undefined;
  /** Why nothing can be handed over any more. */
  #lost: Reason | undefined;
  #discarding = false;
  #taken = 0;
  #scheduled = false;
  #lastResource: ResourceRecord | undefined;
  #awaited: Promise<void> | undefined;

  constructor(signal: S, options: SignalBufferOptions) {
    this.#signal = signal;
    this.#options = options;
  }

  /** Items held here. */
  get size(): number {
    return this.#records.length;
  }

  /** Items that were ever pushed, whatever became of them. */
  get taken(): number {
    return this.#taken;
  }

  push(record: RecordOf[S]): void {
    if (this.#discarding) return;
    this.#taken++;
    if (this.#lost !== undefined || this.#records.length >= this.#options.maxItems) {
      this.#options.drops.add(this.#signal, this.#lost ?? 'queue_full', 1);
      return;
    }
    this.#records.push(record);
    if (record.resource !== this.#lastResource) this.#enter(record.resource);
    if (this.#records.length >= HAND_OVER_ITEMS) this.handOver();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(this.#turn);
    }
  }

  /** The pipeline runs: what waited goes to it, or is discarded when nothing there takes this signal. */
  open(pipeline: Pipeline): void {
    this.#pipeline = pipeline;
    if (pipeline.accepts(this.#signal)) this.handOver();
    else this.#discard();
  }

  /** There will be no pipeline: what waited and what comes is dropped for this reason. */
  lose(reason: Reason): void {
    this.#lost = reason;
    const held = this.#records.length;
    this.#records = [];
    if (held > 0) this.#options.drops.add(this.#signal, reason, held);
  }

  /** Gives the pipeline everything, unless it is not running yet, or a resource is incomplete and has to be complete. */
  handOver({ complete }: { readonly complete: boolean } = COMPLETE): void {
    if (this.#pipeline === undefined || this.#records.length === 0) return;
    if (complete && this.#awaited !== undefined) return;
    const records = this.#records;
    this.#records = [];
    const input = { signal: this.#signal, records } as unknown as PipelineInput;
    this.#pipeline.consume(input).catch((error: unknown) => this.#refused(records.length, error));
  }

  /** Hands over what is there, once the resources are complete. Never rejects. */
  async settle(): Promise<void> {
    await this.#awaited;
    this.handOver();
  }

  readonly #turn = (): void => {
    this.#scheduled = false;
    this.handOver();
  };

  #enter(resource: ResourceRecord): void {
    this.#lastResource = resource;
    const pending = this.#options.gate.pending(resource);
    if (pending === undefined) return;
    const awaited = Promise.all([this.#awaited, pending]).then(() => {
      if (this.#awaited !== awaited) return;
      this.#awaited = undefined;
      this.handOver();
    });
    this.#awaited = awaited;
  }

  #discard(): void {
    this.#discarding = true;
    this.#records = [];
  }

  #refused(items: number, error: unknown): void {
    // What was taken and given up later is in the books of the exporter.
    if (ConsumeError.is(error) && error.code === 'undelivered') return;
    const reason: Reason = ConsumeError.is(error) ? (error.code as Reason) : 'bug';
    this.#options.drops.add(this.#signal, reason, items);
  }
}
