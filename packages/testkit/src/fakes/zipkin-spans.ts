/** Reads lists of spans as Zipkin does, JSON v2 and proto3, with the texts of its refusals. Not written from the exporter. */
import type { RecordedRequest } from '../backend/request.ts';
import { parseStrictJson } from './strict-json.ts';

/** An end of a span: a service, with its address where that is known. */
export interface ZipkinEndpoint {
  readonly serviceName?: string;
  readonly ipv4?: string;
  readonly ipv6?: string;
  readonly port?: number;
}

/** A span as the API describes it; times are microseconds. */
export interface ZipkinSpanJson {
  readonly traceId: string;
  readonly parentId?: string;
  readonly id: string;
  readonly kind?: string;
  readonly name?: string;
  readonly timestamp?: number;
  readonly duration?: number;
  readonly localEndpoint?: ZipkinEndpoint;
  readonly remoteEndpoint?: ZipkinEndpoint;
  readonly annotations?: readonly { readonly timestamp: number; readonly value: string }[];
  readonly tags?: Readonly<Record<string, string>>;
}

/** The text Zipkin answers 400 with. */
export class ZipkinRefusal extends Error {}

const KINDS = ['', 'CLIENT', 'SERVER', 'PRODUCER', 'CONSUMER'];

/**
 * The spans of a request; throws the text that Zipkin would answer 400 with.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { readZipkinSpans, startBackend } from '@telemetryflow/testkit';
 *
 * const backend = await startBackend({ status: 202 });
 * const send = (id: string) =>
 *   fetch(backend.url, {
 *     method: 'POST',
 *     headers: { 'content-type': 'application/json' },
 *     body: JSON.stringify([{ traceId: 'a1', id, name: 'pay' }]),
 *   });
 * await send('b1');
 * await send('B1');
 * await backend.close();
 * const [good, bad] = backend.requests;
 * assert.equal(good && readZipkinSpans(good)[0]?.name, 'pay');
 * assert.throws(() => bad && readZipkinSpans(bad), /B1 should be lower-hex encoded/);
 * ```
 */
export function readZipkinSpans(request: RecordedRequest): ZipkinSpanJson[] {
  const { body } = request;
  if (request.headers['content-encoding'] !== undefined && request.headers['content-encoding'] !== 'gzip') {
    throw new ZipkinRefusal('Expected a JSON_V2 encoded list');
  }
  if (request.headers['content-type'] === 'application/x-protobuf') {
    if (body[0] !== 0x0a || (body[1] ?? 0) === 0) throw new ZipkinRefusal('Expected a PROTO3 encoded list');
    return checked(readList(body), 'proto3');
  }
  if (body[0] !== 0x5b) throw new ZipkinRefusal('Expected a JSON_V2 encoded list');
  if (body.includes('yAnnotations"')) {
    throw new ZipkinRefusal('Expected a JSON_V2 encoded list, but received: JSON_V1');
  }
  let spans: unknown;
  try {
    spans = parseStrictJson(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    throw new ZipkinRefusal(`Malformed reading List<Span> from json: ${String(error)}`);
  }
  return checked(spans as ZipkinSpanJson[], 'json');
}

function checked(spans: readonly ZipkinSpanJson[], format: string): ZipkinSpanJson[] {
  for (const span of spans) {
    const problem = problemOf(span);
    if (problem !== undefined) throw new ZipkinRefusal(`${problem} reading List<Span> from ${format}`);
  }
  return [...spans];
}

function problemOf(span: ZipkinSpanJson): string | undefined {
  const { traceId, id, parentId, kind, timestamp, duration, annotations = [], tags = {} } = span;
  if (traceId === undefined) return 'Missing : traceId';
  if (id === undefined) return 'Missing : id';
  if (traceId.length > 32) return 'traceId.length > 32';
  for (const [name, value] of Object.entries({ traceId, id, ...(parentId !== undefined && { parentId }) })) {
    if (value === '') return `${name} is empty`;
    if (!/^[0-9a-f]+$/.test(value)) return `${value} should be lower-hex encoded with no prefix`;
    if (/^0+$/.test(value)) return `${name} is all zeros`;
    if (name !== 'traceId' && value.length > 16) return `${name}.length > 16`;
  }
  if (kind !== undefined && !KINDS.slice(1).includes(kind)) return `No enum constant zipkin2.Span.Kind.${kind}`;
  for (const time of [timestamp, duration]) {
    if (time !== undefined && !(Number.isSafeInteger(time) && time > 0)) return `Expected a long but was ${time}`;
  }
  for (const endpoint of [span.localEndpoint, span.remoteEndpoint]) {
    const { port } = endpoint ?? {};
    if (port !== undefined && !(port > 0 && port < 65_536)) return `invalid port ${port}`;
  }
  for (const annotation of annotations) {
    if (!(annotation.timestamp > 0) || typeof annotation.value !== 'string') return 'Incomplete annotation at $[0]';
    if (!Number.isSafeInteger(annotation.timestamp)) return `Expected a long but was ${annotation.timestamp}`;
  }
  for (const [name, value] of Object.entries(tags)) {
    if (value === null) return `No value at $[0].tags.${name}`;
    if (typeof value !== 'string') return `Expected a string but was ${(typeof value).toUpperCase()}`;
  }
  return undefined;
}

type Field = readonly [number: number, value: bigint | Buffer];

function* fieldsOf(bytes: Buffer): Generator<Field> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw new ZipkinRefusal('Truncated');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    if (tag % 8 === 0) yield [tag >> 3, varint()];
    else if (tag % 8 === 1) {
      yield [tag >> 3, bytes.readBigUInt64LE(at)];
      at += 8;
    } else if (tag % 8 === 2) {
      const length = Number(varint());
      if (at + length > bytes.length) throw new ZipkinRefusal(`Truncated: length ${length} > bytes available`);
      yield [tag >> 3, bytes.subarray(at, at + length)];
      at += length;
    } else throw new ZipkinRefusal('Malformed');
  }
}

function textOf(value: bigint | Buffer): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(value as Buffer);
}

function readList(bytes: Buffer): ZipkinSpanJson[] {
  const spans: ZipkinSpanJson[] = [];
  for (const [number, span] of fieldsOf(bytes)) {
    if (number !== 1) throw new ZipkinRefusal(`unexpected field ${number} of ListOfSpans`);
    spans.push(readSpan(span as Buffer));
  }
  return spans;
}

function readSpan(bytes: Buffer): ZipkinSpanJson {
  const span: Record<string, unknown> = {};
  const annotations: object[] = [];
  const tags: Record<string, string> = {};
  for (const [field, value] of fieldsOf(bytes)) {
    const hex = (): string => (value as Buffer).toString('hex');
    if (field === 1) span['traceId'] = hex();
    else if (field === 2) span['parentId'] = hex();
    else if (field === 3) span['id'] = hex();
    else if (field === 4) span['kind'] = KINDS[Number(value)];
    else if (field === 5) span['name'] = textOf(value);
    else if (field === 6) span['timestamp'] = Number(value);
    else if (field === 7) span['duration'] = Number(value);
    else if (field === 8) span['localEndpoint'] = readEndpoint(value as Buffer);
    else if (field === 9) span['remoteEndpoint'] = readEndpoint(value as Buffer);
    else if (field === 10) {
      const parts = new Map(fieldsOf(value as Buffer));
      annotations.push({ timestamp: Number(parts.get(1) ?? 0), value: textOf(parts.get(2) ?? Buffer.alloc(0)) });
    } else if (field === 11) {
      const parts = new Map(fieldsOf(value as Buffer));
      const name = textOf(parts.get(1) ?? Buffer.alloc(0));
      if (Object.hasOwn(tags, name)) throw new ZipkinRefusal(`the tag ${name} stands twice`);
      tags[name] = textOf(parts.get(2) ?? Buffer.alloc(0));
    } else throw new ZipkinRefusal(`unexpected field ${field} of Span`);
  }
  if (annotations.length > 0) span['annotations'] = annotations;
  if (Object.keys(tags).length > 0) span['tags'] = tags;
  return span as unknown as ZipkinSpanJson;
}

function readEndpoint(bytes: Buffer): ZipkinEndpoint {
  const endpoint: Record<string, unknown> = {};
  for (const [field, value] of fieldsOf(bytes)) {
    if (field === 1) endpoint['serviceName'] = textOf(value);
    else if (field === 2) endpoint['ipv4'] = [...(value as Buffer)].join('.');
    else if (field === 3) endpoint['ipv6'] = (value as Buffer).toString('hex').match(/.{4}/g)?.join(':');
    else if (field === 4) endpoint['port'] = Number(value);
    else throw new ZipkinRefusal(`unexpected field ${field} of Endpoint`);
  }
  return endpoint;
}
