/**
 * Spans as Thrift batches. A request holds one Batch with one Process: servers ignore whatever comes after it, so the
 * spans of each resource go in requests of their own.
 */
import { type HttpEncoder, takeBody } from '@telemetryflow/http';
import type { Batch, Encoded } from '@telemetryflow/kernel';
import { jaegerProcess, jaegerSpan } from '@telemetryflow/otlp';
import { byProcess, invalidIds, tooLarge, withoutLogs, YIELD_EVERY } from './spans.ts';
import { writeBatchHead, writeProcess, writeSpan } from './thrift-span.ts';
import { ThriftWriter } from './thrift-writer.ts';

/** An encoder of requests of at most `maxBytes`; `linkLogs` as in `jaegerSpan`. */
export function thriftEncoder(maxBytes: number, linkLogs: boolean): HttpEncoder<'traces'> {
  // Serves one batch after the other; those that meet have one each.
  let idle: ThriftWriter | undefined;
  return function* (batch: Batch<'traces'>): Generator<Encoded<Uint8Array>> {
    const records = batch.records();
    const writer = idle ?? new ThriftWriter();
    idle = undefined;
    const groups = byProcess(records, (resource) => {
      writer.cut(0);
      writeProcess(writer, jaegerProcess(resource));
      return writer.copy(0);
    });
    let seen = 0;
    for (const { process, items } of groups) {
      writer.cut(0);
      writeBatchHead(writer, process);
      const head = writer.length;
      let taken: number[] = [];
      const request = (end: number): Encoded<Uint8Array> => {
        const body = takeBody(end + 1);
        writer.copyTo(body, end);
        body[end] = STOP;
        body.writeInt32BE(taken.length, head - 4);
        return { body, items: taken };
      };
      for (const item of items) {
        if (++seen % YIELD_EVERY === 0) yield undefined;
        const record = records[item];
        const span = record === undefined ? undefined : jaegerSpan(record, linkLogs);
        if (span === undefined) {
          yield invalidIds(batch, item);
          continue;
        }
        const before = writer.length;
        writeSpan(writer, span);
        if (writer.length >= maxBytes && taken.length > 0) {
          const moved = writer.copy(before);
          yield request(before);
          taken = [];
          writer.cut(head);
          writer.raw(moved);
        }
        // Alone in its request, and still too large.
        if (writer.length >= maxBytes) {
          writer.cut(head);
          writeSpan(writer, withoutLogs(span));
          if (writer.length >= maxBytes) {
            yield tooLarge(batch, item, writer.length, maxBytes);
            writer.cut(head);
            continue;
          }
        }
        taken.push(item);
      }
      if (taken.length > 0) yield request(writer.length);
    }
    idle = writer;
  };
}

/** The end of the Batch. */
const STOP = 0;
