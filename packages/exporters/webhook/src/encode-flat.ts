/** Flat records packed into requests: newline-delimited, as one array, or as CloudEvents. */

import { type HttpMessage, TextBody } from '@telemetryflow/http';
import type { Batch, EncodeContext, Encoded } from '@telemetryflow/kernel';
import { cloudEvent } from './cloud-event.ts';
import { type FlatItem, flatItems } from './flat.ts';
import type { StringLimit } from './flat-value.ts';
import { messageId } from './message-id.ts';

/** How lines become a body. */
export interface Packing {
  readonly encoding: 'ndjson' | 'json_array' | 'cloudevents';
  readonly maxBytes: number;
  /** One event per request, not as a batch. */
  readonly single: boolean;
}

/** In an item that is too large, longer strings are cut to this many characters. */
const CUT_CHARACTERS = 65_536;
/** Items between two looks at the clock. */
const STEP = 128;

/** Requests of at most `maxBytes`; an item too large even with its long strings cut is dropped. */
export function* encodeFlat(batch: Batch, context: EncodeContext, packing: Packing): Generator<Encoded<HttpMessage>> {
  const events = packing.encoding === 'cloudevents';
  const array = packing.encoding !== 'ndjson' && !packing.single;
  const [open, separator, close] = array ? ['[', ',', ']'] : ['', '\n', ''];
  const maxItem = packing.maxBytes - open.length - close.length;
  const content = new TextBody({ open, separator, close, maxBytes: packing.maxBytes });
  let from = 0;
  let index = 0;

  // Stands for the request's id until its content is known: as long as that, and in no other text.
  const eventId = '\u{10FFFD}'.repeat(Math.ceil(messageId(context.id, '').length / 4));

  const take = (to: number): Encoded<HttpMessage> => {
    const bytes = content.take();
    // The ids of events must differ between the parts of a batch, which all have its id.
    const id = messageId(context.id, bytes);
    const body = events ? bytes.toString().replaceAll(eventId, id) : bytes;
    const items = { from, to };
    from = to;
    return { body: { body, headers: { 'webhook-id': id } }, items };
  };

  for (const item of flatItems(batch, context.now)) {
    const line = fitting(item, events ? `${eventId}-${index}` : undefined, maxItem);
    if (line === undefined) {
      if (index > from) yield take(index);
      const detail = `one item is larger than max_request_bytes (${packing.maxBytes})`;
      yield { dropped: { from: index, to: index + 1 }, reason: 'too_large', detail };
      from = index + 1;
    } else if ((packing.single && index > from) || !content.add(line)) {
      yield take(index);
      content.add(line);
    }
    index += 1;
    if (index % STEP === 0) yield undefined;
  }
  if (index > from) yield take(index);
}

function fitting(item: FlatItem, eventId: string | undefined, maxBytes: number): string | undefined {
  const write = (limit?: StringLimit): string => {
    const line = item.line(limit);
    return eventId === undefined ? line : cloudEvent(item, eventId, line);
  };
  const line = write();
  if (line.length * 3 <= maxBytes || Buffer.byteLength(line) <= maxBytes) return line;
  const cut = write({ maxCharacters: CUT_CHARACTERS, truncated: false });
  return Buffer.byteLength(cut) <= maxBytes ? cut : undefined;
}
