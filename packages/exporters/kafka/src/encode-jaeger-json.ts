/** `jaeger_json`: the same Span as gogo's jsonpb writes it: ids in base64, int64 as strings, times as RFC 3339. */
import type { Batch } from '@telemetryflow/kernel';
import {
  type HrTime,
  type JaegerSpan,
  type JaegerTags,
  type JaegerTagType,
  type JaegerTagValue,
  jaegerProcess,
  jaegerSpan,
  jaegerTraceKey,
  type ResourceRecord,
} from '@telemetryflow/otlp';
import { identify } from './group.ts';
import { type Encodings, PAUSE_EVERY, tooLarge, type ValueLimits } from './value.ts';

export function* encodeJaegerJson(batch: Batch<'traces'>, limits: ValueLimits): Encodings {
  const processes = new Map<ResourceRecord, string>();
  for (const [item, record] of batch.records().entries()) {
    if (item > 0 && item % PAUSE_EVERY === 0) yield undefined;
    const span = jaegerSpan(record);
    if (span === undefined) {
      yield { refused: item, reason: 'invalid', detail: `invalid_id: ${identify(batch, item)}` };
      continue;
    }
    let process = processes.get(record.resource);
    if (process === undefined) {
      const { serviceName, tags } = jaegerProcess(record.resource);
      process = JSON.stringify({ serviceName: serviceName.toWellFormed(), ...tagsMember(tags) });
      processes.set(record.resource, process);
    }
    const key = jaegerTraceKey(span.traceId);
    const value = Buffer.from(`${JSON.stringify(plainSpan(span)).slice(0, -1)},"process":${process}}`);
    const most = limits.most(key);
    if (value.length > most) yield tooLarge(item, value.length, most, identify(batch, item));
    else yield { key, value, items: { from: item, to: item + 1 } };
  }
}

/** Members with their default are left out, as jsonpb does. */
function plainSpan(span: JaegerSpan): object {
  return {
    traceId: base64(span.traceId),
    spanId: base64(span.spanId),
    ...(span.name !== '' && { operationName: span.name.toWellFormed() }),
    ...(span.references.length > 0 && {
      references: span.references.map(({ traceId, spanId, childOf }) => ({
        traceId: base64(traceId),
        spanId: base64(spanId),
        ...(!childOf && { refType: 'FOLLOWS_FROM' }),
      })),
    }),
    ...(span.sampled && { flags: 1 }),
    startTime: rfc3339(span.start),
    duration: durationText(span.duration),
    ...tagsMember(span.tags),
    ...(span.logs.length > 0 && {
      logs: span.logs.map(({ time, fields }) => ({ timestamp: rfc3339(time), fields: tagList(fields) })),
    }),
  };
}

function tagsMember(tags: JaegerTags): object {
  return tags.keys.length === 0 ? {} : { tags: tagList(tags) };
}

/** Half of a surrogate pair is no character: readers refuse it, or differ in what they make of it. */
function tagList(tags: JaegerTags): object[] {
  return tags.values.map((value, i) => ({
    key: tags.keys[i]?.toWellFormed(),
    ...tagMembers(tags.typeAt(i), value),
  }));
}

function tagMembers(type: JaegerTagType, value: JaegerTagValue): object {
  if (typeof value === 'string') return value === '' ? {} : { vStr: value.toWellFormed() };
  if (typeof value === 'boolean') return { vType: 'BOOL', ...(value && { vBool: true }) };
  if (typeof value === 'object') {
    return { vType: 'BINARY', ...(value.length > 0 && { vBinary: Buffer.from(value).toString('base64') }) };
  }
  if (type === 'float64') return { vType: 'FLOAT64', ...(value !== 0 && { vFloat64: value }) };
  return { vType: 'INT64', ...(Number(value) !== 0 && { vInt64: String(value) }) };
}

function base64(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64');
}

function rfc3339([seconds, nanos]: HrTime): string {
  const date = new Date(seconds * 1000);
  const whole = Number.isNaN(date.getTime()) ? '1970-01-01T00:00:00' : date.toISOString().slice(0, -5);
  return `${whole}${fraction(nanos)}Z`;
}

function durationText([seconds, nanos]: HrTime): string {
  return `${seconds}${fraction(nanos)}s`;
}

/** Three, six, nine or no digits. */
function fraction(nanos: number): string {
  if (nanos === 0) return '';
  return `.${String(nanos)
    .padStart(9, '0')
    .replace(/(000){1,2}$/, '')}`;
}
