/** OTLP bodies, bare or inside the json envelope. */
import { encodeOtlpJson, encodeOtlpProto, type HttpMessage } from '@telemetryflow/http';
import { type Batch, countItems, type EncodeContext, type Encoded } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import { messageId } from './message-id.ts';

/** Room for everything of an envelope but its data. */
const ENVELOPE_BYTES = 256;

/** Bare OTLP requests. */
export function* encodeOtlp(
  batch: Batch,
  context: EncodeContext,
  options: { readonly json: boolean; readonly maxBytes: number },
): Generator<Encoded<HttpMessage>> {
  const encode = options.json ? encodeOtlpJson : encodeOtlpProto;
  for (const each of encode(batch, options.maxBytes)) {
    if (each === undefined || 'dropped' in each) yield each;
    else yield { ...each, body: { body: each.body, headers: { 'webhook-id': messageId(context.id, each.body) } } };
  }
}

/** The json envelope around OTLP/JSON. */
export function* encodeEnvelope(
  batch: Batch,
  context: EncodeContext,
  maxBytes: number,
): Generator<Encoded<HttpMessage>> {
  for (const each of encodeOtlpJson(batch, Math.max(1, maxBytes - ENVELOPE_BYTES))) {
    if (each === undefined || 'dropped' in each) {
      yield each;
      continue;
    }
    const id = messageId(context.id, each.body);
    const body = envelope({ type: batch.signal, now: context.now, id, count: countItems(each.items), data: each.body });
    yield { items: each.items, body: { body, headers: { 'webhook-id': id } } };
  }
}

/** `type`, `timestamp` and `data` are the three keys that Standard Webhooks recommends. */
export function envelope(parts: {
  readonly type: Signal;
  readonly now: number;
  readonly id: string;
  readonly count: number;
  readonly data: Uint8Array;
}): Buffer {
  const { type, now, id, count, data } = parts;
  const timestamp = new Date(now).toISOString();
  const head = `{"type":"${type}","timestamp":"${timestamp}","id":"${id}","version":"1","count":${count},"data":`;
  return Buffer.concat([Buffer.from(head), data, Buffer.from('}')]);
}
