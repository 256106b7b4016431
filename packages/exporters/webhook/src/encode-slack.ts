/** A chat message from logs: at most twenty lines, then how many more there were. */
import type { HttpMessage } from '@telemetryflow/http';
import type { Batch, EncodeContext, Encoded } from '@telemetryflow/kernel';
import { hrTimeIsZero, type LogRecord, severityText, valueToText } from '@telemetryflow/otlp';
import { hrTimeOf, jsonString, rfc3339 } from './flat-value.ts';
import { messageId } from './message-id.ts';

const MAX_LINES = 20;
const MAX_CHARACTERS = 4000;
const MORE_ROOM = 40;

/** One message for the whole batch. */
export function* encodeSlack(batch: Batch<'logs'>, context: EncodeContext): Generator<Encoded<HttpMessage>> {
  const records = batch.records();
  if (records.length === 0) return;
  const lines: string[] = [];
  let room = MAX_CHARACTERS - MORE_ROOM;
  for (const record of records.slice(0, MAX_LINES)) {
    const line = cut(escapeText(chatLine(record, context.now)), lines.length === 0 ? room : MAX_CHARACTERS);
    if (line.length + 1 > room) break;
    lines.push(line);
    room -= line.length + 1;
  }
  const more = records.length - lines.length;
  if (more > 0) lines.push(`... and ${more} more`);
  const body = `{"text":${jsonString(lines.join('\n'))}}`;
  yield {
    items: { from: 0, to: records.length },
    body: { body, headers: { 'webhook-id': messageId(context.id, body) } },
  };
}

/** `HH:MM:SS LEVEL service: body`. */
function chatLine(record: LogRecord, now: number): string {
  const at = [record.hrTime, record.hrTimeObserved].find((time) => !hrTimeIsZero(time)) ?? hrTimeOf(now);
  const clock = rfc3339(at)?.slice(11, 19) ?? '--:--:--';
  const service = record.resource.attributes['service.name'];
  const name = typeof service === 'string' && service !== '' ? service : 'unknown';
  return `${clock} ${severityText(record) || 'LOG'} ${name}: ${valueToText(record.body)}`.replace(/\s+/g, ' ');
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function cut(text: string, maxCharacters: number): string {
  return text.length < maxCharacters ? text : `${text.slice(0, maxCharacters - 2)}…`;
}
