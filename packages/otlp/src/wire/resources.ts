/**
 * Reads and changes the resources of a request. Only Resource messages and their schema URLs are decoded;
 * scopes and items are passed over by length and copied as they are.
 */
import { decodeResource } from '../proto/read-groups.ts';
import { encodeResource } from '../proto/write-groups.ts';
import type { ResourceRecord, Signal } from '../records.ts';
import { countResourceItems } from './count.ts';
import { WireReader } from './reader.ts';
import { merge } from './slice.ts';
import { delimited } from './writer.ts';

/** A resource of a request and how many items it has. */
export interface ResourceItems {
  readonly resource: ResourceRecord;
  readonly items: number;
}

const REQUEST_CHILD = 0x0a;
const RESOURCE = 0x0a;
const SCHEMA_URL = 0x1a;

/**
 * The resources of a request in wire order, one per Resource… message (the same resource may come more than
 * once, then as the same object), with the number of items under each.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { protobufFromJson, type ResourceItems, resources } from '@telemetryflow/otlp';
 *
 * const resource = '{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]}';
 * const body = `{"resourceLogs":[{"resource":${resource},"scopeLogs":[{"logRecords":[{},{}]}]}]}`;
 * const request = protobufFromJson('logs', Buffer.from(body));
 * const found: readonly ResourceItems[] = resources('logs', request);
 * assert.deepEqual([found[0]?.resource.attributes['service.name'], found[0]?.items], ['shop', 2]);
 * ```
 */
export function resources(signal: Signal, bytes: Uint8Array): readonly ResourceItems[] {
  const found: ResourceItems[] = [];
  const known = new Map<string, ResourceRecord>();
  const reader = new WireReader(bytes);
  while (reader.pos < bytes.length) {
    const tag = reader.tag(bytes.length);
    if (tag !== REQUEST_CHILD) {
      reader.skip(tag, bytes.length);
      continue;
    }
    const end = reader.length(bytes.length);
    const start = reader.pos;
    const envelope = readEnvelope(bytes, start, end);
    let resource = known.get(envelope.key);
    if (resource === undefined) {
      resource = decode(envelope);
      known.set(envelope.key, resource);
    }
    found.push({ resource, items: countResourceItems(signal, bytes, start, end) });
    reader.pos = end;
  }
  return found;
}

/**
 * The request with its resources changed; items stay byte for byte. `change` is called once per distinct
 * resource; where it returns the same object the bytes are copied, and `bytes` itself is returned when nothing
 * changed. A Resource… message keeps its place. Envelopes of all signals are alike, so the signal is not looked at.
 * Throws `OtlpError` for broken framing or resources.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { decode, mapResources, protobufFromJson, withAttribute, withResourceAttributes } from '@telemetryflow/otlp';
 *
 * const resource = '{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]}';
 * const body = `{"resourceLogs":[{"resource":${resource},"scopeLogs":[{"logRecords":[{},{}]}]}]}`;
 * const request = protobufFromJson('logs', Buffer.from(body));
 * const moved = mapResources('logs', request, (resource) =>
 *   withResourceAttributes(resource, withAttribute(resource.attributes, 'cloud.region', 'eu-west-1')),
 * );
 * const regions = decode('logs', moved).map(({ resource }) => resource.attributes['cloud.region']);
 * assert.deepEqual(regions, ['eu-west-1', 'eu-west-1']);
 * ```
 */
export function mapResources(
  _signal: Signal,
  bytes: Uint8Array,
  change: (resource: ResourceRecord) => ResourceRecord,
): Uint8Array {
  const known = new Map<string, Change | undefined>();
  const reader = new WireReader(bytes);
  const parts: Uint8Array[] = [];
  let copied = 0;
  while (reader.pos < bytes.length) {
    const at = reader.pos;
    const tag = reader.tag(bytes.length);
    if (tag !== REQUEST_CHILD) {
      reader.skip(tag, bytes.length);
      continue;
    }
    const end = reader.length(bytes.length);
    const envelope = readEnvelope(bytes, reader.pos, end);
    reader.pos = end;
    if (!known.has(envelope.key)) known.set(envelope.key, changeOf(envelope, change));
    const changed = known.get(envelope.key);
    if (changed === undefined) continue;
    if (copied < at) parts.push(bytes.subarray(copied, at));
    parts.push(reframe(envelope, changed));
    copied = end;
  }
  if (copied === 0) return bytes;
  if (copied < bytes.length) parts.push(bytes.subarray(copied));
  return merge(parts);
}

/** One Resource… message, cut into what describes the resource and the rest. */
interface Envelope {
  /** Equal for equal resource and schema URL bytes. */
  readonly key: string;
  readonly resource: Uint8Array;
  /** The content of the last schema URL field. */
  readonly schemaUrl: Uint8Array;
  /** All other fields. */
  readonly rest: Uint8Array;
}

/** A changed resource: its encoded fields before and after the rest of the envelope. */
interface Change {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

const EMPTY = new Uint8Array(0);

function readEnvelope(bytes: Uint8Array, start: number, end: number): Envelope {
  const resource: Uint8Array[] = [];
  const rest: Uint8Array[] = [];
  let schemaUrl: Uint8Array = EMPTY;
  let restFrom = start;
  const reader = new WireReader(bytes, start);
  while (reader.pos < end) {
    const at = reader.pos;
    const tag = reader.tag(end);
    if (tag !== RESOURCE && tag !== SCHEMA_URL) {
      reader.skip(tag, end);
      continue;
    }
    if (restFrom < at) rest.push(bytes.subarray(restFrom, at));
    const fieldEnd = reader.length(end);
    const value = bytes.subarray(reader.pos, fieldEnd);
    if (tag === RESOURCE) resource.push(value);
    else schemaUrl = value;
    reader.pos = fieldEnd;
    restFrom = fieldEnd;
  }
  if (restFrom < end) rest.push(bytes.subarray(restFrom, end));
  // Occurrences of one message field merge, and merging is concatenation.
  const whole = merge(resource);
  return { key: `${whole.length}:${latin1(whole)}${latin1(schemaUrl)}`, resource: whole, schemaUrl, rest: merge(rest) };
}

function decode(envelope: Envelope): ResourceRecord {
  const resource = decodeResource(envelope.resource);
  if (envelope.schemaUrl.length === 0) return resource;
  return { ...resource, schemaUrl: asBuffer(envelope.schemaUrl).toString() };
}

function changeOf(envelope: Envelope, change: (resource: ResourceRecord) => ResourceRecord): Change | undefined {
  const resource = decode(envelope);
  const changed = change(resource);
  if (changed === resource) return undefined;
  return {
    before: delimited(RESOURCE, [encodeResource(changed)]),
    after: changed.schemaUrl ? delimited(SCHEMA_URL, [Buffer.from(changed.schemaUrl)]) : EMPTY,
  };
}

function reframe(envelope: Envelope, { before, after }: Change): Uint8Array {
  return delimited(REQUEST_CHILD, [before, envelope.rest, after]);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function latin1(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('latin1');
}
