/** Log records to requests of the log ingest API: JSON arrays. */
import { type HttpEncoder, type HttpMessage, JsonBody } from '@telemetryflow/http';
import { type Encoded, type Payload, Refusals } from '@telemetryflow/kernel';
import {
  type HrTime,
  hrTimeIsZero,
  hrTimeToMillis,
  jsonConstant,
  type LogRecord,
  wholeHrTime,
} from '@telemetryflow/otlp';
import { ageOf, TOO_OLD } from './age.ts';
import { LogJson } from './log-json.ts';
import { OpenRequest } from './open-request.ts';

/** Dynatrace takes 10 MB and 50,000 records. */
const MAX_BYTES = 9_500_000;
const MAX_RECORDS = 50_000;
const YIELD_EVERY = 256;
const OPEN = jsonConstant('[');
const SEPARATOR = jsonConstant(',');
const CLOSE = jsonConstant(']');
const TOO_LARGE = 'larger than 9.5 MB without its content';

/** The encoder for the log ingest API. */
export function logsEncoder(): HttpEncoder<'logs'> {
  // What has no batch at hand serves the next one: the engine drops the code of objects that are gone.
  let idle: Requests | undefined;
  return function* encodeLogs(batch, { now }) {
    const requests = idle ?? new Requests();
    idle = undefined;
    requests.begin(now);
    const records = batch.records();
    for (let item = 0; item < records.length; item++) {
      if (item % YIELD_EVERY === YIELD_EVERY - 1) yield undefined;
      const full = requests.add(records[item] as LogRecord, item);
      if (full !== undefined) yield full;
    }
    yield* requests.rest();
    idle = requests;
  };
}

/** The requests of one batch after the other. */
class Requests {
  readonly #refusals = new Refusals();
  readonly #fresh = new Request();
  readonly #aged = new Request();
  #now = 0;

  /** To be called before the first record of a batch; forgets all of an earlier use, however that ended. */
  begin(now: number): void {
    this.#now = now;
    this.#refusals.reset();
    this.#fresh.clear();
    this.#aged.clear();
  }

  /** Adds a record; returns the request that had no room for it. */
  add(record: LogRecord, item: number): Payload<HttpMessage> | undefined {
    const time = timeOf(record, this.#now);
    const ms = hrTimeToMillis(time);
    const age = ageOf('logs', ms, this.#now);
    if (age === 'too_old') {
      this.#refusals.add('too_old', TOO_OLD.logs, item);
      return undefined;
    }
    const request = age === 'aged' ? this.#aged : this.#fresh;
    if (!request.write(record, time)) {
      this.#refusals.add('too_large', TOO_LARGE, item);
      return undefined;
    }
    return request.add(item, ms);
  }

  /** The requests that are not full, and what is in none. */
  *rest(): Generator<Encoded<HttpMessage>> {
    for (const request of [this.#fresh, this.#aged]) if (!request.isEmpty) yield request.take();
    yield* this.#refusals.end();
  }
}

/** A request that is being filled: `write` a record, then `add` it. */
class Request {
  readonly #body = new JsonBody(CLOSE);
  readonly #json = new LogJson(this.#body);
  readonly #open = new OpenRequest();

  clear(): void {
    this.#body.reset();
    this.#json.clear();
    this.#open.clear();
  }

  get isEmpty(): boolean {
    return this.#open.isEmpty;
  }

  /** False, and nothing is written, for a record that is too large even without its content. */
  write(record: LogRecord, time: HrTime): boolean {
    const lead = this.#body.isEmpty ? OPEN : SEPARATOR;
    this.#body.begin(lead);
    this.#json.write(record, time);
    const excess = this.#excess;
    if (excess <= 0) return true;
    this.#body.discard();
    this.#body.begin(lead);
    this.#json.write(record, time, excess);
    if (this.#excess <= 0) return true;
    this.#body.discard();
    return false;
  }

  /** Bytes that the record at hand has too many for a request of its own. */
  get #excess(): number {
    return this.#body.itemBytes + OPEN.length + CLOSE.length - MAX_BYTES;
  }

  /** Adds the record that was written; returns the request that had no room for it. */
  add(item: number, ms: number): Payload<HttpMessage> | undefined {
    const isFull = this.#body.size > MAX_BYTES || this.#open.size === MAX_RECORDS;
    const full = isFull ? this.#open.end({ body: this.#body.cut(OPEN) }) : undefined;
    this.#open.add(item, ms);
    return full;
  }

  take(): Payload<HttpMessage> {
    return this.#open.end({ body: this.#body.take() });
  }
}

/** What is no time counts as none. */
function timeOf({ hrTime, hrTimeObserved }: LogRecord, now: number): HrTime {
  const [time, observed] = [wholeHrTime(hrTime), wholeHrTime(hrTimeObserved)];
  if (!hrTimeIsZero(time)) return time;
  return hrTimeIsZero(observed) ? wholeHrTime([Math.trunc(now) / 1000, 0]) : observed;
}
