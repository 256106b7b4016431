/** Reads pushes to Loki as Loki does: protobuf in a snappy block, or JSON. Written against the format, not the exporter. */
import type { RecordedRequest } from '../backend/request.ts';

/** One entry of a push. */
export interface LokiEntry {
  readonly tenant: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Nanoseconds since the epoch. */
  readonly time: bigint;
  readonly line: string;
  /** In the order of the push. */
  readonly metadata: readonly (readonly [name: string, value: string])[];
}

/** The text Loki answers 400 with. */
export class LokiParseError extends Error {}

/**
 * All entries of a push; throws the text that Loki would answer 400 with.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { readLokiPush, startBackend } from '@telemetryflow/testkit';
 *
 * const backend = await startBackend({ status: 204 });
 * const push = { streams: [{ stream: { job: 'shop' }, values: [['1795521600000000000', 'paid']] }] };
 * const headers = { 'content-type': 'application/json', 'x-scope-orgid': 'acme' };
 * await fetch(`${backend.url}/loki/api/v1/push`, { method: 'POST', headers, body: JSON.stringify(push) });
 * await backend.close();
 * assert.deepEqual(backend.requests.flatMap(readLokiPush), [
 *   { tenant: 'acme', labels: { job: 'shop' }, time: 1_795_521_600_000_000_000n, line: 'paid', metadata: [] },
 * ]);
 * ```
 */
export function readLokiPush(request: RecordedRequest): LokiEntry[] {
  const tenant = String(request.headers['x-scope-orgid'] ?? '');
  const type = request.headers['content-type'];
  if (type === undefined || type === '') throw new LokiParseError('mime: no media type');
  if (type.split(';')[0]?.trim() === 'application/json') return readJson(request, tenant);
  return readProto(snappyBlock(request.body), tenant);
}

function readJson(request: RecordedRequest, tenant: string): LokiEntry[] {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'gzip')
    throw new LokiParseError(`Content-Encoding "${encoding}" not supported`);
  const body = request.json() as { streams?: { stream?: Record<string, unknown>; values?: unknown[][] }[] };
  return (body.streams ?? []).flatMap(({ stream = {}, values = [] }) =>
    values.map((value) => {
      const [time, line, metadata = {}] = value;
      const strings = [time, line, ...Object.values(stream), ...Object.values(metadata as object)];
      if (strings.some((text) => typeof text !== 'string') || !/^-?\d+$/.test(String(time))) {
        throw new LokiParseError('Value is not a string');
      }
      if (BigInt.asIntN(64, BigInt(String(time))) !== BigInt(String(time))) {
        throw new LokiParseError("unmarshalerDecoder: Value looks like Number/Boolean/None, but can't find its end");
      }
      const pairs = Object.entries(metadata as Record<string, string>);
      return {
        tenant,
        labels: stream as Record<string, string>,
        time: BigInt(String(time)),
        line: String(line),
        metadata: pairs,
      };
    }),
  );
}

type Field = readonly [number: number, value: bigint | Buffer];

function* fieldsOf(bytes: Buffer): Generator<Field> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw new LokiParseError('unexpected EOF');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    if (tag % 8 === 0) yield [tag >> 3, varint()];
    else if (tag % 8 === 2) {
      const length = Number(varint());
      if (at + length > bytes.length) throw new LokiParseError('unexpected EOF');
      yield [tag >> 3, bytes.subarray(at, at + length)];
      at += length;
    } else throw new LokiParseError(`proto: illegal wireType ${tag % 8}`);
  }
}

function textOf(value: bigint | Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(value as Buffer);
  } catch {
    throw new LokiParseError('proto: invalid UTF-8');
  }
}

function readProto(bytes: Buffer, tenant: string): LokiEntry[] {
  const entries: LokiEntry[] = [];
  for (const [number, stream] of fieldsOf(bytes)) {
    if (number !== 1) throw new LokiParseError(`unexpected field ${number} of PushRequest`);
    let labels: Record<string, string> = {};
    for (const [field, value] of fieldsOf(stream as Buffer)) {
      if (field === 1) labels = readSelector(textOf(value));
      else if (field === 2) entries.push(readEntry(value as Buffer, labels, tenant));
      else throw new LokiParseError(`unexpected field ${field} of Stream`);
    }
  }
  return entries;
}

function readEntry(bytes: Buffer, labels: Record<string, string>, tenant: string): LokiEntry {
  let time = 0n;
  let line = '';
  const metadata: [string, string][] = [];
  for (const [field, value] of fieldsOf(bytes)) {
    if (field === 1) {
      for (const [part, number] of fieldsOf(value as Buffer))
        time += (number as bigint) * (part === 1 ? 1_000_000_000n : 1n);
    } else if (field === 2) line = textOf(value);
    else if (field === 3) {
      const pair = [...fieldsOf(value as Buffer)].map(([, text]) => textOf(text));
      metadata.push([pair[0] ?? '', pair[1] ?? '']);
    } else throw new LokiParseError(`unexpected field ${field} of Entry`);
  }
  return { tenant, labels, time, line, metadata };
}

/** `{a="b", c="d"}` with the escapes of Go. */
function readSelector(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  if (!/^\{.*\}$/s.test(text)) throw new LokiParseError(`couldn't parse labels: ${text}`);
  const pair = /\s*([A-Za-z_][A-Za-z0-9_]*)="((?:[^"\\\n]|\\.)*)"\s*(?:,|$)/y;
  const inner = text.slice(1, -1);
  while (pair.lastIndex < inner.length) {
    const match = pair.exec(inner);
    if (match === null) throw new LokiParseError(`couldn't parse labels: ${text}`);
    const [, name = '', value = ''] = match;
    if (Object.hasOwn(labels, name)) throw new LokiParseError(`couldn't parse labels: duplicate label ${name}`);
    labels[name] = JSON.parse(`"${value}"`) as string;
  }
  return labels;
}

/** One block of snappy, decompressed. */
export function snappyBlock(block: Buffer): Buffer {
  let at = 0;
  let length = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = block[at++];
    if (byte === undefined || scale > 2 ** 28) throw new LokiParseError('snappy: corrupt input');
    length += (byte % 128) * scale;
    if (byte < 128) break;
  }
  const out = Buffer.alloc(length);
  let end = 0;
  const little = (bytes: number): number => {
    if (at + bytes > block.length) throw new LokiParseError('snappy: corrupt input');
    const value = block.readUIntLE(at, bytes);
    at += bytes;
    return value;
  };
  while (at < block.length) {
    const tag = little(1);
    let size = (tag >> 2) + 1;
    if (tag % 4 === 0) {
      if (size > 60) size = little(size - 60) + 1;
      if (at + size > block.length || end + size > length) throw new LokiParseError('snappy: corrupt input');
      end += block.copy(out, end, at, at + size);
      at += size;
      continue;
    }
    let offset = 0;
    if (tag % 4 === 1) {
      size = ((tag >> 2) % 8) + 4;
      offset = (tag >> 5) * 256 + little(1);
    } else offset = little(tag % 4 === 2 ? 2 : 4);
    if (offset === 0 || offset > end || end + size > length) throw new LokiParseError('snappy: corrupt input');
    for (const stop = end + size; end < stop; end++) out[end] = out[end - offset] ?? 0;
  }
  if (end !== length) throw new LokiParseError('snappy: corrupt input');
  return out;
}
