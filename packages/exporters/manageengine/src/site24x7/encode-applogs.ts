/** Log records for the AppLogs APIs of Site24x7: JSON arrays, for the upload API with what it wants to know of them. */
import { crc32, gzipSync } from 'node:zlib';
import { type HttpMessage, MIN_COMPRESS_BYTES, TextBody } from '@telemetryflow/http';
import { type Batch, type EncodeContext, type Encoded, itemsOf, type Payload, Refusals } from '@telemetryflow/kernel';
import { type RecordOptions, RecordWriter } from './applogs-record.ts';

/** Limits of a request. Source: the vendor's plugins for Fluentd and Logstash. */
const MAX_RECORDS = 500;
const MAX_BYTES = 5_000_000;
const TURN = 64;

type Encode = (batch: Batch<'logs'>, context: EncodeContext) => Generator<Encoded<HttpMessage>>;

/** `agent`: the host of records that name none; `group`: their monitor group. */
export function uploadEncoder(agent: string, group: string): Encode {
  return encoderOf({ agent, group }, (body, size, batchId) => {
    const message = {
      body,
      headers: {
        'log-size': String(size),
        // The same in every attempt; the parts a batch is cut into share its id, so the content tells them apart.
        'upload-id': `${batchId.replaceAll(/[^\w-]/g, '_')}-${crc32(body).toString(16).padStart(8, '0')}`,
      },
    };
    // The API takes nothing else, and the client compresses no small bodies.
    return body.length < MIN_COMPRESS_BYTES ? { ...message, body: gzipSync(body), contentEncoding: 'gzip' } : message;
  });
}

export function receiverEncoder(group: string): Encode {
  return encoderOf({ agent: undefined, group }, (body) => ({ body }));
}

function encoderOf(
  options: RecordOptions,
  messageOf: (body: Buffer, size: number, batchId: string) => HttpMessage,
): Encode {
  const writer = new RecordWriter(options);
  const idle: TextBody[] = [];

  return function* encode(batch, { now, id }) {
    const body = idle.pop() ?? new TextBody({ open: '[', separator: ',', close: ']', maxBytes: MAX_BYTES });
    body.reset();
    writer.clear();
    const refusals = new Refusals();
    let items: number[] = [];
    let size = 0;
    const take = (): Payload<HttpMessage> => {
      const payload = { body: messageOf(body.take(), size, id), items: itemsOf(items) };
      items = [];
      size = 0;
      return payload;
    };
    let item = -1;
    for (const record of batch.records()) {
      item++;
      if (item % TURN === TURN - 1) yield;
      const written = writer.write(record, now);
      if (written === undefined) {
        refusals.add('too_large', 'attributes of more than 1,000,000 bytes', item);
        continue;
      }
      if (items.length === MAX_RECORDS) yield take();
      if (!body.add(written.text)) {
        yield take();
        body.add(written.text);
      }
      items.push(item);
      size += written.size;
    }
    if (items.length > 0) yield take();
    yield* refusals.end();
    idle.push(body);
  };
}
