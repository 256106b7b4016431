/**
 * The independent side of these tests: protobufjs with the official message definitions, and an OTLP/JSON reader and
 * writer that follow its reflection instead of our tables.
 */
import { readFileSync } from 'node:fs';
import type { Signal } from '@telemetryflow/otlp';
import protobuf from 'protobufjs';

const source = readFileSync(new URL('../proto/otlp.proto', import.meta.url), 'utf8');
const { root } = protobuf.parse(source);

/** Plain object form of a message: 64-bit integers as strings, bytes as Buffers, enums as numbers. */
export type Plain = Record<string, unknown>;

const REQUESTS: Record<Signal, string> = {
  traces: 'ExportTraceServiceRequest',
  metrics: 'ExportMetricsServiceRequest',
  logs: 'ExportLogsServiceRequest',
};

export const SIGNALS: readonly Signal[] = ['traces', 'metrics', 'logs'];

export function encodeAs(type: string, message: Plain): Buffer {
  const found = root.lookupType(`otlp.${type}`);
  return Buffer.from(found.encode(found.fromObject(message)).finish());
}

export function decodeAs(type: string, bytes: Uint8Array): Plain {
  const found = root.lookupType(`otlp.${type}`);
  return found.toObject(found.decode(bytes), { longs: String, bytes: Buffer, defaults: false }) as Plain;
}

export function encode(signal: Signal, request: Plain): Buffer {
  return encodeAs(REQUESTS[signal], request);
}

export function decode(signal: Signal, bytes: Uint8Array): Plain {
  return decodeAs(REQUESTS[signal], bytes);
}

/** Like `decode`, with the default of every field that is not set: what two equal messages agree on. */
export function decodeWithDefaults(signal: Signal, bytes: Uint8Array): Plain {
  const found = root.lookupType(`otlp.${REQUESTS[signal]}`);
  return found.toObject(found.decode(bytes), { longs: String, bytes: Buffer, defaults: true }) as Plain;
}

const list = (value: unknown): Plain[] => (value as Plain[] | undefined) ?? [];

const DATA = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'] as const;

/** Every item of a request, in order, together with all that its envelopes say about it. */
export function items(signal: Signal, bytes: Uint8Array): Plain[] {
  const request = decode(signal, bytes);
  const found: Plain[] = [];
  const [outer, inner, leaf] = {
    traces: ['resourceSpans', 'scopeSpans', 'spans'],
    metrics: ['resourceMetrics', 'scopeMetrics', 'metrics'],
    logs: ['resourceLogs', 'scopeLogs', 'logRecords'],
  }[signal] as [string, string, string];
  for (const resource of list(request[outer])) {
    const { [inner]: scopes, ...aboutResource } = resource;
    for (const scope of list(scopes)) {
      const { [leaf]: leaves, ...aboutScope } = scope;
      for (const item of list(leaves)) {
        if (signal !== 'metrics') {
          found.push({ aboutResource, aboutScope, item });
          continue;
        }
        for (const kind of DATA) {
          const data = item[kind] as Plain | undefined;
          if (data === undefined) continue;
          const { dataPoints, ...aboutData } = data;
          const { [kind]: _data, ...aboutMetric } = item;
          for (const point of list(dataPoints)) {
            found.push({ aboutResource, aboutScope, aboutMetric, kind, aboutData, item: point });
          }
        }
      }
    }
  }
  return found;
}

const HEX_FIELDS = new Set(['traceId', 'spanId', 'parentSpanId']);

/** OTLP/JSON of a plain message, by the rules of the specification. */
export function toJson(signal: Signal, request: Plain, indent: string): string {
  const replace = (_: string, value: unknown): unknown => {
    if (typeof value !== 'number') return value;
    if (!Number.isFinite(value)) return String(value);
    return Object.is(value, -0) ? rawJson('-0') : value;
  };
  return JSON.stringify(jsonValue(root.lookupType(`otlp.${REQUESTS[signal]}`), request), replace, indent);
}

/** `JSON.rawJSON`, which the type library does not know yet. */
function rawJson(text: string): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text);
}

function jsonValue(type: protobuf.Type, message: Plain): Plain {
  const out: Plain = {};
  for (const field of type.fieldsArray) {
    const value = message[field.name];
    if (value === undefined) continue;
    const one = (single: unknown): unknown => {
      field.resolve();
      if (field.resolvedType instanceof protobuf.Type) return jsonValue(field.resolvedType, single as Plain);
      if (field.type !== 'bytes') return single;
      return Buffer.from(single as Buffer).toString(HEX_FIELDS.has(field.name) ? 'hex' : 'base64');
    };
    out[field.name] = field.repeated ? (value as unknown[]).map(one) : one(value);
  }
  return out;
}

/** The plain message of an OTLP/JSON text; fails on anything the specification does not let a sender write. */
export function fromJson(signal: Signal, text: string): Plain {
  return plainValue(root.lookupType(`otlp.${REQUESTS[signal]}`), JSON.parse(text) as Plain);
}

const LONGS = new Set(['int64', 'uint64', 'fixed64', 'sfixed64']);

function plainValue(type: protobuf.Type, json: Plain): Plain {
  const out: Plain = {};
  for (const [name, value] of Object.entries(json)) {
    const field = type.fields[name];
    if (field === undefined) throw new Error(`${type.name} has no field ${name}`);
    field.resolve();
    const one = (single: unknown): unknown => {
      if (field.resolvedType instanceof protobuf.Type) return plainValue(field.resolvedType, single as Plain);
      const wanted = LONGS.has(field.type) || field.type === 'string' || field.type === 'bytes' ? 'string' : 'number';
      if (field.type === 'bool' || (field.type === 'double' && typeof single === 'string')) {
        return field.type === 'bool' ? single : Number(single);
      }
      if (typeof single !== wanted) throw new Error(`${type.name}.${name} is a ${typeof single}`);
      if (field.type !== 'bytes') return single;
      return Buffer.from(single as string, HEX_FIELDS.has(name) ? 'hex' : 'base64');
    };
    out[name] = field.repeated ? (value as unknown[]).map(one) : one(value);
  }
  return out;
}
