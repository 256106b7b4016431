/** Log records to requests of at most 1000 entries and 4.5 MB. Pure. */
import { type Batch, type EncodeContext, type Encoded, itemsOf, Refusals } from '@telemetryflow/kernel';
import { logMillis } from '@telemetryflow/otlp';
import { type DatadogConfig, logsSettings } from './config.ts';
import { JsonList, Spare } from './entries.ts';
import { LogEntryWriter } from './log-entry.ts';
import type { DatadogMessage } from './message.ts';
import { ResourceReader } from './resource-tags.ts';

/** Most entries of one request. */
export const MAX_ENTRIES = 1000;
/** The service takes 5 MB before compression. */
const MAX_BYTES = 4_500_000;
/** The service cuts longer entries without a word. */
const MAX_ENTRY_BYTES = 1_000_000;
/** Records must be younger than 18 hours; the minute is for the way. */
export const MAX_AGE_MS: number = 18 * 3_600_000 - 60_000;
const YIELD_EVERY = 256;

/** Encodes logs by a configuration. */
export type LogsEncoder = (
  batch: Batch<'logs'>,
  context: Pick<EncodeContext, 'now' | 'id'>,
) => Generator<Encoded<DatadogMessage>>;

/** `machine` is the name of this machine. */
export function logsEncoder(config: DatadogConfig, machine: string): LogsEncoder {
  const settings = logsSettings(config);
  const reader = new ResourceReader({ ...config, all: false }, machine);
  const lists = new Spare(() => new JsonList('[', ']'));

  return function* encode(batch, { now, id }) {
    const list = lists.take();
    const writer = new LogEntryWriter(reader, settings.source);
    const request = new Request(id, list);
    const refusals = new Refusals();
    for (const [item, record] of batch.records().entries()) {
      if (item % YIELD_EVERY === YIELD_EVERY - 1) yield;
      let ms = logMillis(record, now);
      if (ms < now - MAX_AGE_MS) {
        if (!settings.restamp_old) {
          refusals.add('too_old', 'older than 18 hours', item);
          continue;
        }
        ms = now;
      }
      const { json, truncated } = writer.write(record, ms);
      list.add(json);
      if (list.pending > MAX_ENTRY_BYTES) {
        list.discard();
        refusals.add('too_large', 'attributes and message exceed 1 MB', item);
        continue;
      }
      if (request.isFull) {
        const full = request.take();
        if (full !== undefined) yield full;
      }
      request.commit(item, ms, truncated);
    }
    const last = request.take();
    lists.give(list);
    if (last !== undefined) yield last;
    yield* refusals.end();
  };
}

/** A request that is being filled. */
class Request {
  readonly #batchId: string;
  readonly #list: JsonList;
  #items: number[] = [];
  #oldestMs = Number.POSITIVE_INFINITY;
  #truncated = 0;

  constructor(batchId: string, list: JsonList) {
    this.#batchId = batchId;
    this.#list = list;
  }

  /** The entry that was added last belongs into the next request. */
  get isFull(): boolean {
    return this.#items.length >= MAX_ENTRIES || this.#list.size > MAX_BYTES;
  }

  commit(item: number, ms: number, truncated: boolean): void {
    this.#list.commit();
    this.#items.push(item);
    this.#oldestMs = Math.min(this.#oldestMs, ms);
    if (truncated) this.#truncated++;
  }

  take(): Encoded<DatadogMessage> {
    const body = this.#list.take();
    if (body === undefined) return undefined;
    const warning = `${this.#truncated} messages were longer than 900 kB and have been cut`;
    const payload: Encoded<DatadogMessage> = {
      body: { requests: [{ body }], batchId: this.#batchId, ...(this.#truncated > 0 && { warning }) },
      items: itemsOf(this.#items),
      oldestMs: this.#oldestMs,
    };
    this.#items = [];
    this.#oldestMs = Number.POSITIVE_INFINITY;
    this.#truncated = 0;
    return payload;
  }
}
