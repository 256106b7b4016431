/** Log records to requests of the log ingest API: JSON arrays. Pure. */
import type { HttpMessage } from '@telemetryflow/http';
import { type Batch, type EncodeContext, type Encoded, Refusals } from '@telemetryflow/kernel';
import {
  cutUtf8,
  type HrTime,
  hrTimeIsZero,
  hrTimeToMillis,
  hrTimeToNanos,
  type LogRecord,
  nanosToHrTime,
  PerGroup,
  type ResourceRecord,
  type ScopeRecord,
  severityRange,
  valueToText,
} from '@telemetryflow/otlp';
import { ageOf, TOO_OLD } from './age.ts';
import { addMembers, addText } from './log-attributes.ts';
import { TextRequest, withBody } from './text-request.ts';

/** Dynatrace takes 10 MB and 50,000 records. */
const MAX_BYTES = 9_500_000;
const MAX_RECORDS = 50_000;
const YIELD_EVERY = 256;
const SHAPE = { head: '[', separator: ',', tail: ']', maxBytes: MAX_BYTES, maxPieces: MAX_RECORDS };
/** Texts that Dynatrace knows as levels, for records without a severity number. */
const LEVELS = new Set('TRACE DEBUG INFO NOTICE WARN ERROR SEVERE CRITICAL ALERT FATAL EMERGENCY'.split(' '));
/** Room for what marks a cut record, and for the brackets around it. */
const MARK_BYTES = 64;
const TOO_LARGE = 'larger than 9.5 MB without its content';

/** Encode a batch for the log ingest API. */
export function* encodeLogs(
  batch: Batch<'logs'>,
  { now }: Pick<EncodeContext, 'now'>,
): Generator<Encoded<HttpMessage>> {
  const writer = new RecordWriter();
  const fresh = new TextRequest(SHAPE);
  const aged = new TextRequest(SHAPE);
  const refusals = new Refusals();
  for (const [item, record] of batch.records().entries()) {
    if (item % YIELD_EVERY === YIELD_EVERY - 1) yield undefined;
    const time = timeOf(record, now);
    const ms = hrTimeToMillis(time);
    const age = ageOf('logs', ms, now);
    if (age === 'too_old') {
      refusals.add('too_old', TOO_OLD.logs, item);
      continue;
    }
    const request = age === 'aged' ? aged : fresh;
    let text = writer.write(record, time);
    let bytes = Buffer.byteLength(text);
    if (!request.takes(bytes)) {
      text = writer.write(record, time, bytes - MAX_BYTES);
      bytes = Buffer.byteLength(text);
    }
    if (!request.takes(bytes)) {
      refusals.add('too_large', TOO_LARGE, item);
      continue;
    }
    for (const full of request.add(item, [text], { ms, bytes })) yield withBody(full, bodyOf);
  }
  for (const request of [fresh, aged]) for (const last of request.end()) yield withBody(last, bodyOf);
  yield* refusals.end();
}

function bodyOf({ text }: { readonly text: string }): HttpMessage {
  return { body: text };
}

function timeOf({ hrTime, hrTimeObserved }: LogRecord, now: number): HrTime {
  const known = hrTimeIsZero(hrTime) ? hrTimeObserved : hrTime;
  const nanos = hrTimeIsZero(known) ? BigInt(Math.trunc(now)) * 1_000_000n : hrTimeToNanos(known);
  return nanosToHrTime(nanos);
}

/** Writes records; what the records of one resource and scope have in common is written once. */
class RecordWriter {
  readonly #shared = new PerGroup(sharedOf);
  #second = Number.NaN;
  #secondText = '';

  /** The record; with `excess` bytes less of its content, so that it fits. */
  write(record: LogRecord, time: HrTime, excess = 0): string {
    const { spanContext, eventName, severityText } = record;
    const level = levelOf(record);
    const head = this.#head(record, time, level, excess);
    const own = new Map<string, string>();
    if (severityText !== undefined && severityText !== level) addText(own, 'otel.severity_text', severityText);
    addMembers(own, record.attributes);
    addText(own, 'event.name', eventName);
    if (excess > 0) own.set('content.truncated', 'true');
    let text = head;
    // The ids of the record are those that link it to its trace: attributes of these names give way.
    if (spanContext !== undefined && /[1-9a-f]/.test(spanContext.traceId)) {
      text += `,"trace_id":${JSON.stringify(spanContext.traceId)}`;
      own.delete('trace_id');
      if (/[1-9a-f]/.test(spanContext.spanId)) {
        text += `,"span_id":${JSON.stringify(spanContext.spanId)}`;
        own.delete('span_id');
      }
    }
    text += this.#sharedText(record, own);
    for (const [key, json] of own) text += `,${JSON.stringify(key)}:${json}`;
    return `${text}}`;
  }

  #head({ body }: LogRecord, time: HrTime, level: string, excess: number): string {
    const full = valueToText(body);
    const content = excess > 0 ? cutJson(full, Math.max(2, jsonBytes(full) - excess - MARK_BYTES)) : full;
    return `{"content":${JSON.stringify(content)},"timestamp":"${this.#timestamp(time)}","loglevel":"${level}"`;
  }

  #sharedText({ resource, instrumentationScope: scope }: LogRecord, own: ReadonlyMap<string, string>): string {
    const shared = this.#shared.of(resource, scope);
    let clash = false;
    for (const key of own.keys()) clash ||= shared.members.has(key);
    if (!clash) return shared.text;
    return textOf([...shared.members].filter(([key]) => !own.has(key)));
  }

  #timestamp([seconds, nanos]: HrTime): string {
    if (seconds !== this.#second) {
      this.#second = seconds;
      this.#secondText = new Date(seconds * 1000).toISOString().slice(0, -5);
    }
    return `${this.#secondText}.${String(nanos).padStart(9, '0')}Z`;
  }
}

interface Shared {
  readonly members: ReadonlyMap<string, string>;
  readonly text: string;
}

/** What the scope says wins over the resource. */
function sharedOf({ attributes }: ResourceRecord, scope: ScopeRecord): Shared {
  const ofScope = new Map<string, string>();
  addMembers(ofScope, scope.attributes);
  addText(ofScope, 'otel.scope.name', scope.name);
  addText(ofScope, 'otel.scope.version', scope.version);
  const members = new Map<string, string>();
  addMembers(members, attributes);
  for (const [key, json] of ofScope) members.set(key, json);
  return { members, text: textOf([...members]) };
}

function textOf(members: readonly (readonly [string, string])[]): string {
  return members.map(([key, json]) => `,${JSON.stringify(key)}:${json}`).join('');
}

/** The beginning of a text whose JSON takes at most `max` bytes. */
function cutJson(text: string, max: number): string {
  let cut = text;
  for (let bytes = jsonBytes(cut); bytes > max && cut !== ''; bytes = jsonBytes(cut)) {
    // Escapes lie anywhere in the text: what is left is measured again.
    cut = cutUtf8(cut, Math.floor(Buffer.byteLength(cut) * (max / bytes) * 0.99));
  }
  return cut;
}

function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text));
}

function levelOf({ severityNumber, severityText }: LogRecord): string {
  const range = severityRange(severityNumber);
  if (range !== undefined) return range;
  const text = severityText?.toUpperCase() ?? '';
  return LEVELS.has(text) ? text : 'NONE';
}
