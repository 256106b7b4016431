/** Attributes as the flat fields of a log: maps become keys with dots, and no key is one of Datadog's own. */
import { type AttributeMap, type AttributeValue, type PlainJson, quoted, toPlainJson } from '@telemetryflow/otlp';

/** Maps nested deeper than this stay JSON objects. */
const MAX_DEPTH = 10;

const RESERVED: ReadonlySet<string> = new Set([
  '@timestamp',
  'dd.span_id',
  'dd.trace_id',
  'ddsource',
  'ddtags',
  'host',
  'hostname',
  'log',
  'message',
  'msg',
  'otel.event_name',
  'otel.scope.name',
  'otel.scope.version',
  'otel.severity_number',
  'otel.severity_text',
  'otel.span_id',
  'otel.timestamp',
  'otel.trace_id',
  'service',
  'source',
  'status',
  'timestamp',
]);

/** Attributes of a record that say something about it instead of being data. */
export const OVERRIDES: ReadonlySet<string> = new Set(['ddsource', 'ddtags', 'hostname', 'service']);

/** Fields by key. */
export type Fields = Map<string, string>;

/** Adds attributes as JSON texts by key; keys that are there already stay as they are. */
export function addFields(fields: Fields, attributes: AttributeMap, leaveOut?: (key: string) => boolean): void {
  for (const key in attributes) {
    if (leaveOut?.(key) !== true) addField(fields, key, attributes[key], 1);
  }
}

function addField(fields: Fields, key: string, value: AttributeValue, depth: number): void {
  if (isMap(value) && depth < MAX_DEPTH) {
    for (const inner in value) addField(fields, `${key}.${inner}`, value[inner], depth + 1);
    return;
  }
  const name = RESERVED.has(key) ? `otel.${key}` : key;
  if (!fields.has(name)) fields.set(name, jsonText(value));
}

/** A value as JSON: numbers and booleans keep their type, integers beyond 2^53 are strings, bytes base64. */
export function jsonText(value: AttributeValue): string {
  switch (typeof value) {
    case 'string':
      return quoted(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      return Number.isFinite(value) ? String(value) : `"${value}"`;
    default:
      return JSON.stringify(toPlainJson(value) satisfies PlainJson);
  }
}

function isMap(value: AttributeValue): value is AttributeMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

/** True for a key that means something to Datadog, or that the exporter writes itself. */
export function isReserved(key: string): boolean {
  return RESERVED.has(key);
}
