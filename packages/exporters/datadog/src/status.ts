/** The status of a log record in Datadog's words. */
import { type AttributeMap, type LogRecord, severityRange } from '@telemetryflow/otlp';

/**
 * Words that loggers use. Only known ones are sent: Datadog goes by the first letter of a status, so that `SEVERE`
 * would be taken for `OK`.
 */
const WORDS: Readonly<Record<string, string>> = {
  alert: 'alert',
  crit: 'critical',
  critical: 'critical',
  debug: 'debug',
  emerg: 'emerg',
  emergency: 'emerg',
  err: 'error',
  error: 'error',
  fatal: 'fatal',
  fine: 'debug',
  finer: 'trace',
  finest: 'trace',
  info: 'info',
  information: 'info',
  informational: 'info',
  notice: 'notice',
  ok: 'ok',
  panic: 'emerg',
  severe: 'error',
  trace: 'trace',
  verbose: 'debug',
  warn: 'warn',
  warning: 'warn',
};

/** By number, as syslog counts. */
const SYSLOG = ['emerg', 'alert', 'critical', 'error', 'warn', 'notice', 'info', 'debug'] as const;

const ATTRIBUTES = ['status', 'severity', 'level', 'syslog.severity'] as const;

/** By severity number, else by text, else by an attribute of the record; `''` where nothing says. */
export function statusOf({ severityNumber, severityText, attributes }: LogRecord): string {
  const range = severityRange(severityNumber);
  if (range !== undefined) return range.toLowerCase();
  return word(severityText) || attributeStatus(attributes);
}

function attributeStatus(attributes: AttributeMap): string {
  for (const key of ATTRIBUTES) {
    const value = attributes[key];
    if (value === undefined) continue;
    const status = typeof value === 'string' ? word(value) : '';
    if (status !== '') return status;
    if (key === 'syslog.severity' && /^[0-7]$/.test(String(value))) return SYSLOG[Number(value)] ?? '';
  }
  return '';
}

function word(text: string | undefined): string {
  const key = (text ?? '').trim().toLowerCase();
  return Object.hasOwn(WORDS, key) ? (WORDS[key] ?? '') : '';
}
