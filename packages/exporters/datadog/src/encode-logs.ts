/** Log records to requests of at most 1000 entries and 4.5 MB. Pure. */
import { type Batch, type EncodeContext, type Encoded, itemsOf, Refusals } from '@telemetryflow/kernel';
import { type DatadogConfig, logsSettings } from './config.ts';
import { LogEntryWriter, millisOf } from './log-entry.ts';
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

  return function* encode(batch, { now, id }) {
    const writer = new LogEntryWriter(reader, settings.source);
    const request = new Request(id);
    const refusals = new Refusals();
    for (const [item, record] of batch.records().entries()) {
      if (item % YIELD_EVERY === YIELD_EVERY - 1) yield;
      let ms = millisOf(record, now);
      if (ms < now - MAX_AGE_MS) {
        if (!settings.restamp_old) {
          refusals.add('too_old', 'older than 18 hours', item);
          continue;
        }
        ms = now;
      }
      const { json, truncated } = writer.write(record, ms);
      const bytes = Buffer.byteLength(json);
      if (bytes > MAX_ENTRY_BYTES) {
        refusals.add('too_large', 'attributes and message exceed 1 MB', item);
        continue;
      }
      if (!request.fits(bytes)) yield request.take();
      request.add(item, ms, { json, bytes, truncated });
    }
    if (request.count > 0) yield request.take();
    yield* refusals.end();
  };
}

/** A request that is being filled. */
class Request {
  readonly #batchId: string;
  #entries: string[] = [];
  #items: number[] = [];
  #bytes = 0;
  #oldestMs = Number.POSITIVE_INFINITY;
  #truncated = 0;

  constructor(batchId: string) {
    this.#batchId = batchId;
  }

  get count(): number {
    return this.#items.length;
  }

  fits(bytes: number): boolean {
    return this.#items.length < MAX_ENTRIES && this.#bytes + bytes + 2 <= MAX_BYTES;
  }

  add(
    item: number,
    ms: number,
    entry: { readonly json: string; readonly bytes: number; readonly truncated: boolean },
  ): void {
    this.#items.push(item);
    this.#entries.push(entry.json);
    this.#bytes += entry.bytes + 1;
    this.#oldestMs = Math.min(this.#oldestMs, ms);
    if (entry.truncated) this.#truncated++;
  }

  take(): Encoded<DatadogMessage> {
    const warning = `${this.#truncated} messages were longer than 900 kB and have been cut`;
    const payload: Encoded<DatadogMessage> = {
      body: {
        requests: [{ body: `[${this.#entries.join(',')}]` }],
        batchId: this.#batchId,
        ...(this.#truncated > 0 && { warning }),
      },
      items: itemsOf(this.#items),
      oldestMs: this.#oldestMs,
    };
    this.#entries = [];
    this.#items = [];
    this.#bytes = 0;
    this.#oldestMs = Number.POSITIVE_INFINITY;
    this.#truncated = 0;
    return payload;
  }
}
