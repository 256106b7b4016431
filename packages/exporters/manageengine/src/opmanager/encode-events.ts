/**
 * Log records as events of OpManager. Records of one device, entity and severity in a batch become one event, whose
 * payload holds all of their items; records that are no alarm are dropped as filtered. Pure.
 */
import { type Batch, type EncodeContext, type Encoded, itemsOf, Refusals } from '@telemetryflow/kernel';
import { type LogRecord, logMillis, type SeverityRange, severityRange, valueToText } from '@telemetryflow/otlp';
import type { ManageengineConfig } from '../config.ts';
import { type AlarmSource, AlarmSources } from './alarm-source.ts';
import { bracketed, entityText, formOf, SEVERITY } from './event.ts';
import type { EventBody } from './send-event.ts';

/** OpManager stamps events itself: one about what happened this long ago would mislead. */
export const MAX_AGE_MS = 600_000;
const TURN = 256;
const UNKNOWN_SERVICE = 'unknown_service';
const TOO_OLD = 'older than 10 minutes: OpManager would date it now';

const SEVERITIES: Readonly<Partial<Record<SeverityRange, number>>> = {
  FATAL: SEVERITY.CRITICAL,
  ERROR: SEVERITY.TROUBLE,
  WARN: SEVERITY.ATTENTION,
};
/** Names of severities that records without a number have. */
const NAMES: Readonly<Record<string, SeverityRange>> = {
  fatal: 'FATAL',
  critical: 'FATAL',
  crit: 'FATAL',
  alert: 'FATAL',
  emerg: 'FATAL',
  emergency: 'FATAL',
  panic: 'FATAL',
  error: 'ERROR',
  err: 'ERROR',
  severe: 'ERROR',
  warn: 'WARN',
  warning: 'WARN',
};

interface Group {
  readonly source: AlarmSource;
  readonly entity: string;
  readonly level: SeverityRange;
  readonly items: number[];
  /** The newest record, whose message the event has. */
  record: LogRecord;
  newestMs: number;
}

type Options = Pick<ManageengineConfig, 'device_name' | 'tags' | 'events_min_severity' | 'monitor_group'>;

/** `host`: the device of records that name none. */
export function eventsEncoder(config: Options, host: string) {
  const lowest = SEVERITIES[config.events_min_severity] ?? SEVERITY.TROUBLE;
  const below = `below_min_severity: no event, since events_min_severity is ${config.events_min_severity}`;
  const eventType = config.monitor_group || 'OpenTelemetry';

  return function* encode(batch: Batch<'logs'>, { now }: EncodeContext): Generator<Encoded<EventBody>> {
    const sources = new AlarmSources(config, host);
    const groups = new Map<string, Group>();
    const refusals = new Refusals();
    let item = -1;
    for (const record of batch.records()) {
      item++;
      if (item % TURN === TURN - 1) yield;
      const level = levelOf(record);
      if (level === undefined || (SEVERITIES[level] ?? Number.POSITIVE_INFINITY) > lowest) {
        refusals.add('filtered', below, item);
        continue;
      }
      const ms = logMillis(record, now);
      if (now - ms > MAX_AGE_MS) refusals.add('too_old', TOO_OLD, item);
      else addTo(groups, { record, level, ms, item, source: sources.of(record.resource) });
    }
    yield* refusals.end();
    for (const group of groups.values()) {
      const { source, entity, level, items } = group;
      const form = formOf({
        source: source.device,
        severity: SEVERITIES[level] ?? SEVERITY.TROUBLE,
        message: messageOf(group),
        alarmCode: `OTEL-LOG-${level}`,
        entity,
        eventType,
      });
      yield { body: { form }, items: itemsOf(items), key: keyOf(source.device, entity), oldestMs: group.newestMs };
    }
  };
}

/** The order of events matters within an alarm: the newest decides its state. */
export function keyOf(device: string, entity: string): string {
  return `${device}\n${entity}`;
}

interface Alarm {
  readonly record: LogRecord;
  readonly level: SeverityRange;
  readonly ms: number;
  readonly item: number;
  readonly source: AlarmSource;
}

function addTo(groups: Map<string, Group>, { record, level, ms, item, source }: Alarm): void {
  const entity = entityText(`${source.service || UNKNOWN_SERVICE}/${aspectOf(record)}`);
  const key = `${level}\n${keyOf(source.device, entity)}`;
  const known = groups.get(key);
  const group = known ?? { source, entity, level, items: [], record, newestMs: ms };
  group.items.push(item);
  if (ms >= group.newestMs) {
    group.record = record;
    group.newestMs = ms;
  }
  // The event of the newest record goes last: it decides the state of the alarm.
  if (known !== undefined) groups.delete(key);
  groups.set(key, group);
}

/** What of the service it is about: stable, so that repeats update one alarm. */
function aspectOf({ attributes, instrumentationScope: scope }: LogRecord): string {
  return valueToText(attributes['exception.type']) || scope.name || 'log';
}

function levelOf({ severityNumber, severityText }: LogRecord): SeverityRange | undefined {
  const level = severityRange(severityNumber);
  if (level !== undefined) return level;
  const name = (severityText ?? '').trim().toLowerCase();
  return Object.hasOwn(NAMES, name) ? NAMES[name] : undefined;
}

function messageOf({ items, record, source }: Group): string {
  const traceId = record.spanContext?.traceId;
  const pairs = traceId === undefined ? source.tags : [...source.tags, ['trace_id', traceId] as const];
  const times = items.length === 1 ? '' : `(x${items.length}) `;
  const service = source.service === '' ? '' : `[${source.service}] `;
  return `${times}${service}${valueToText(record.body)}${bracketed(pairs)}`;
}
