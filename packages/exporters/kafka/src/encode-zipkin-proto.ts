/** `zipkin_proto`: zipkin.proto3.ListOfSpans. */
import { isIPv6 } from 'node:net';
import type { Batch } from '@telemetryflow/kernel';
import { BackwardWriter } from '@telemetryflow/otlp';
import type { KeyRule } from './partition-key.ts';
import type { Encodings, ValueLimits } from './value.ts';
import { encodeZipkinLists } from './zipkin-list.ts';
import { type ZipkinEndpoint, type ZipkinSpan, zipkinSpan } from './zipkin-span.ts';

export function encodeZipkinProto(batch: Batch<'traces'>, rule: KeyRule, host: string, limits: ValueLimits): Encodings {
  const writer = new BackwardWriter();
  return encodeZipkinLists(batch, rule, host, limits, {
    overhead: 0,
    perSpan: 0,
    span(record) {
      const span = zipkinSpan(record);
      return span === undefined ? undefined : writeSpan(writer, span);
    },
    list: (spans) => Buffer.concat(spans),
  });
}

/** As a field of the list. */
function writeSpan(writer: BackwardWriter, span: ZipkinSpan): Buffer {
  const tags = [...span.tags].reverse();
  for (const [key, value] of tags) {
    const end = writer.length;
    writer.string(2, value);
    writer.string(1, key);
    writer.message(11, end);
  }
  for (let i = span.annotations.length - 1; i >= 0; i--) {
    const { timestamp = 0, value = '' } = span.annotations[i] ?? {};
    const end = writer.length;
    writer.string(2, value);
    writer.fixed64(1, BigInt(timestamp));
    writer.message(10, end);
  }
  if (span.remote !== undefined) writeEndpoint(writer, 9, span.remote);
  writeEndpoint(writer, 8, { serviceName: span.serviceName });
  if (span.duration > 0) writer.uint(7, span.duration);
  if (span.timestamp > 0) writer.fixed64(6, BigInt(span.timestamp));
  if (span.name !== '') writer.string(5, span.name);
  if (span.kind > 0) writer.uint(4, span.kind);
  writer.hex(3, span.id);
  if (span.parentId !== undefined) writer.hex(2, span.parentId);
  writer.hex(1, span.traceId);
  writer.message(1, 0);
  return writer.take();
}

function writeEndpoint(writer: BackwardWriter, field: number, endpoint: ZipkinEndpoint): void {
  const end = writer.length;
  if (endpoint.port !== undefined) writer.uint(4, endpoint.port);
  if (endpoint.ipv6 !== undefined) writer.bytes(3, ipv6Bytes(endpoint.ipv6));
  if (endpoint.ipv4 !== undefined) writer.bytes(2, Uint8Array.from(endpoint.ipv4.split('.'), Number));
  if (endpoint.serviceName !== undefined) writer.string(1, endpoint.serviceName);
  writer.message(field, end);
}

/** The sixteen bytes of an address in text; zeros stand for what is left out. */
function ipv6Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(16);
  if (!isIPv6(text)) return bytes;
  const [head = '', tail] = text.split('::');
  const left = words(head);
  const right = tail === undefined ? [] : words(tail);
  const all = [...left, ...new Array<number>(Math.max(0, 8 - left.length - right.length)).fill(0), ...right];
  for (const [index, word] of all.entries()) {
    bytes[index * 2] = word >>> 8;
    bytes[index * 2 + 1] = word & 0xff;
  }
  return bytes;
}

/** The last two words may be written as an IPv4 address. */
function words(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((part) => {
    if (!part.includes('.')) return [Number.parseInt(part, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = part.split('.').map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}
