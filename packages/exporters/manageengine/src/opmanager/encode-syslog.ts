/**
 * Log records as datagrams of RFC 3164, the older and simpler syslog, which OpManager reads for sure. One record is one
 * datagram. Pure.
 */
import { type Batch, type EncodeContext, type Encoded, itemsOf } from '@telemetryflow/kernel';
import {
  cutUtf8,
  type LogRecord,
  logMillis,
  type SeverityRange,
  severityRange,
  valueToText,
} from '@telemetryflow/otlp';
import type { ManageengineConfig } from '../config.ts';
import { AlarmSources } from './alarm-source.ts';
import { bracketed } from './event.ts';

/** Datagrams on their way, one per item. */
export interface SyslogBody {
  readonly datagrams: readonly string[];
  readonly items: readonly number[];
}

/** RFC 3164, section 4.1. */
const MAX_BYTES = 1024;
const MAX_TAG = 32;
const MAX_DATAGRAMS = 256;
const TURN = 256;
/** `local0`. */
const FACILITY = 16;
const NOTICE = 5;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;
const SEVERITIES: Readonly<Record<SeverityRange, number>> = {
  FATAL: 2,
  ERROR: 3,
  WARN: 4,
  INFO: 6,
  DEBUG: 7,
  TRACE: 7,
};

/** `host`: the host of records that name none. */
export function syslogEncoder(config: Pick<ManageengineConfig, 'device_name' | 'tags'>, host: string) {
  return function* encode(batch: Batch<'logs'>, { now }: EncodeContext): Generator<Encoded<SyslogBody>> {
    const sources = new AlarmSources(config, host);
    let datagrams: string[] = [];
    let items: number[] = [];
    let item = -1;
    for (const record of batch.records()) {
      item++;
      if (item % TURN === TURN - 1) yield;
      if (datagrams.length === MAX_DATAGRAMS) {
        yield { body: { datagrams, items }, items: itemsOf(items) };
        datagrams = [];
        items = [];
      }
      datagrams.push(datagramOf(record, sources, now));
      items.push(item);
    }
    if (items.length > 0) yield { body: { datagrams, items }, items: itemsOf(items) };
  };
}

function datagramOf(record: LogRecord, sources: AlarmSources, now: number): string {
  const { device, service, tags } = sources.of(record.resource);
  const level = severityRange(record.severityNumber);
  const priority = FACILITY * 8 + (level === undefined ? NOTICE : SEVERITIES[level]);
  const traceId = record.spanContext?.traceId;
  const pairs = traceId === undefined ? tags : [...tags, ['trace_id', traceId] as const];
  const message = `${valueToText(record.body)}${bracketed(pairs)}`.replaceAll(/\p{Cc}/gu, ' ');
  const head = `<${priority}>${dateOf(logMillis(record, now))} ${word(device, 255)} ${word(service || 'unknown', MAX_TAG)}: `;
  return cutUtf8(head + message, MAX_BYTES);
}

/** `Nov  3 04:05:06`, in UTC: the form has no time zone. */
function dateOf(ms: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return dateOf(0);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = String(date.getUTCDate()).padStart(2, ' ');
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':');
  return `${MONTHS[date.getUTCMonth()] ?? 'Jan'} ${day} ${time}`;
}

/** A host or a tag ends at the first space or colon. */
function word(text: string, length: number): string {
  return text.replaceAll(/[^A-Za-z0-9._-]/g, '_').slice(0, length);
}
