/** One event as OpManager's addEvent takes it: a form with six fields. */
import { cutText } from '@telemetryflow/otlp';

/** Columns of OpManager have an unpublished size; what is longer is cut here. */
const MAX_MESSAGE = 950;
const MAX_ENTITY = 100;
const ELLIPSIS = '...';

/** OpManager's severities. Clear is in the product's list, and unproven for this call. */
export const SEVERITY = { CRITICAL: 1, TROUBLE: 2, ATTENTION: 3, SERVICE_DOWN: 4, CLEAR: 5 } as const;

export interface OpmanagerEvent {
  /** Name of a device that OpManager knows. */
  readonly source: string;
  readonly severity: number;
  readonly message: string;
  readonly alarmCode: string;
  /** Events of one source and entity are one alarm. */
  readonly entity: string;
  readonly eventType: string;
}

/** The event as a form, without the API key. */
export function formOf({ source, severity, message, alarmCode, entity, eventType }: OpmanagerEvent): string {
  return new URLSearchParams({
    source: onOneLine(source),
    severity: String(severity),
    message: messageText(message),
    alarmCode,
    entity: entityText(entity),
    eventType: onOneLine(eventType),
  }).toString();
}

/** The text with a space for every control character. */
function onOneLine(text: string): string {
  return text.toWellFormed().replaceAll(/\p{Cc}/gu, ' ');
}

function messageText(message: string): string {
  const text = onOneLine(message);
  return text.length <= MAX_MESSAGE ? text : `${cutText(text, MAX_MESSAGE - ELLIPSIS.length)}${ELLIPSIS}`;
}

/** An entity as it is sent: cut, so that long ones become one alarm. */
export function entityText(entity: string): string {
  return cutText(onOneLine(entity), MAX_ENTITY);
}

/** A suffix for messages: ` [name=value …]`; `''` without any. */
export function bracketed(pairs: readonly (readonly [name: string, value: string])[]): string {
  return pairs.length === 0 ? '' : ` [${pairs.map(([name, value]) => `${name}=${value}`).join(' ')}]`;
}
