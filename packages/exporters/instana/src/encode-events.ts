/**
 * Log records as events of a host agent: one request each, and few of them. Instana shows warnings as issues, errors as
 * incidents and the rest as changes, so only what is severe enough becomes an event, equal ones once per batch, and no
 * more than so many per second.
 */
import type { HttpEncoder } from '@telemetryflow/http';
import { Refusals } from '@telemetryflow/kernel';
import { cutText, cutUtf8, type LogRecord, logMillis, severityRange, valueToText } from '@telemetryflow/otlp';
import type { InstanaConfig } from './config.ts';

/** UTF-16 units, and bytes of UTF-8. */
const MAX_TITLE = 256;
const MAX_TEXT = 8000;
/** What an event is about: a service that Instana knows by its name. */
const SERVICE_PLUGIN = 'com.instana.forge.connection.http.logical.LogicalWebApp';
/** From the lowest; -1 is a change event. */
const SEVERITIES: Readonly<Record<string, number>> = { TRACE: -1, DEBUG: -1, INFO: -1, WARN: 5, ERROR: 10, FATAL: 10 };
const LEVELS = Object.keys(SEVERITIES);
const TURN = 256;

export function eventsEncoder(config: InstanaConfig): HttpEncoder<'logs'> {
  const { events_min_severity: lowest, events_per_second: perSecond, flush_interval: flushInterval } = config;
  const allowance = new Allowance(perSecond, Math.max(1, (perSecond * flushInterval) / 1000));
  return function* encodeEvents(batch, { now }) {
    const refusals = new Refusals();
    const seen = new Set<string>();
    allowance.refill(now);
    for (const [item, record] of batch.records().entries()) {
      if (item % TURN === TURN - 1) yield undefined;
      const level = levelOf(record);
      const severity = SEVERITIES[level];
      if (severity === undefined || LEVELS.indexOf(level) < LEVELS.indexOf(lowest)) {
        refusals.add('filtered', `below events_min_severity (${lowest})`, item);
        continue;
      }
      const [title, text] = [titleOf(record, level), textOf(record)];
      const key = `${title}\n${text}`;
      if (seen.has(key)) {
        refusals.add('filtered', 'an equal event is in the same batch', item);
        continue;
      }
      if (!allowance.take()) {
        refusals.add('throttled', `more than events_per_second (${perSecond})`, item);
        continue;
      }
      seen.add(key);
      const event = { title, text, severity, timestamp: logMillis(record, Math.floor(now)), ...subject(record) };
      yield { body: JSON.stringify(event), items: { from: item, to: item + 1 } };
    }
    yield* refusals.end();
  };
}

function levelOf({ severityNumber, severityText = '' }: LogRecord): string {
  return (
    severityRange(severityNumber) ??
    /^(?:TRACE|DEBUG|INFO|WARN|ERROR|FATAL)/.exec(severityText.toUpperCase())?.[0] ??
    ''
  );
}

function serviceOf({ resource }: LogRecord): string {
  return valueToText(resource.attributes['service.name']).toWellFormed();
}

function subject(record: LogRecord): { readonly plugin: string; readonly id: string; readonly host: string } {
  return { plugin: SERVICE_PLUGIN, id: serviceOf(record), host: '' };
}

function titleOf(record: LogRecord, level: string): string {
  return cutText(`[${level}] ${serviceOf(record)}`, MAX_TITLE);
}

/** The body, and a line per attribute: those of the record, then those of its resource. */
function textOf({ body, attributes, resource }: LogRecord): string {
  let text = valueToText(body);
  for (const name in attributes) text += `\n${name}=${valueToText(attributes[name])}`;
  for (const name in resource.attributes) {
    if (name === 'service.name' || Object.hasOwn(attributes, name)) continue;
    text += `\n${name}=${valueToText(resource.attributes[name])}`;
  }
  return cutUtf8(text.toWellFormed(), MAX_TEXT);
}

/** So many per second on average, by the times at which batches are encoded; at most `most` at once. */
class Allowance {
  readonly #perMs: number;
  readonly #most: number;
  #left: number;
  #at: number | undefined;

  constructor(perSecond: number, most: number) {
    this.#perMs = perSecond / 1000;
    this.#most = most;
    this.#left = most;
  }

  refill(now: number): void {
    const elapsed = Math.max(0, now - (this.#at ?? now));
    this.#at = now;
    this.#left = Math.min(this.#most, this.#left + elapsed * this.#perMs);
  }

  take(): boolean {
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
