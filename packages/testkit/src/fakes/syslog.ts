/** A strict reader of syslog in its older form, RFC 3164, one message per datagram. */
import { startUdpBackend } from '../backend/udp-backend.ts';
import type { BackendProfile } from '../contract/options.ts';

/** A message. */
export interface SyslogMessage {
  readonly facility: number;
  readonly severity: number;
  /** `Nov  3 04:05:06`. */
  readonly time: string;
  readonly host: string;
  readonly tag: string;
  readonly content: string;
}

/** RFC 3164, section 4.1. */
const MAX_BYTES = 1024;
const MAX_PRIORITY = 191;
const FORM = /^<(0|[1-9]\d{0,2})>([A-Z][a-z]{2} [ 1-3]\d \d\d:\d\d:\d\d) ([^\s:]+) ([\w.-]{1,32}): (.*)$/;
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/**
 *  The message of a datagram; throws a sentence about what is wrong with it.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { readSyslog, type SyslogMessage } from '@telemetryflow/testkit';
 *
 * const message: SyslogMessage = readSyslog(Buffer.from('<11>Nov 24 12:00:00 web-1 shop: paid'));
 * assert.deepEqual([message.facility, message.severity, message.content], [1, 3, 'paid']);
 * assert.throws(() => readSyslog(Buffer.from('paid')), /No message of syslog/);
 * ```
 */
export function readSyslog(datagram: Uint8Array): SyslogMessage {
  if (datagram.length > MAX_BYTES) throw new Error(`A datagram of ${datagram.length} bytes.`);
  const text = new TextDecoder('utf-8', { fatal: true }).decode(datagram);
  if (/\p{Cc}/u.test(text)) throw new Error('A control character.');
  const [, priority = '', time = '', host = '', tag = '', content = ''] = FORM.exec(text) ?? [];
  if (priority === '' || Number(priority) > MAX_PRIORITY) throw new Error(`No message of syslog: ${text}`);
  // In a leap year, for a day that no month has rolls over.
  const date = new Date(`${time.slice(4, 6).trim()} ${time.slice(0, 3)} 2024 ${time.slice(7)} UTC`);
  if (MONTHS[date.getUTCMonth()] !== time.slice(0, 3)) throw new Error(`There is no time ${time}.`);
  return { facility: Number(priority) >> 3, severity: Number(priority) & 7, time, host, tag, content };
}

const unanswered = (): never => {
  throw new Error('Syslog has no answers.');
};

/**
 * A port for syslog, for `exporterContract`: it takes every message and answers none. Messages carry no attributes: a
 * test puts the id of the item into the text.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { SYSLOG_PROFILE } from '@telemetryflow/testkit';
 *
 * const ids = SYSLOG_PROFILE.decode(Buffer.from('<11>Nov 24 12:00:00 web-1 shop: item-7 is paid'));
 * assert.deepEqual(ids, ['item-7']);
 * ```
 */
export const SYSLOG_PROFILE: BackendProfile<Buffer, undefined> = {
  decode: (datagram) => readSyslog(datagram).content.match(/\bitem-\d+/g) ?? [],
  address: (datagram) => String(readSyslog(datagram).facility),
  success: () => undefined,
  transient: unanswered,
  permanent: unanswered,
  start: (script) =>
    startUdpBackend((datagram, index) => {
      if (typeof script === 'function') script(datagram, index);
    }),
};
