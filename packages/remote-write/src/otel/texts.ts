/** Values as label texts. */
import type { AttributeMap, AttributeValue } from '@telemetryflow/otlp';

/** An attribute as label text: numbers as JavaScript prints them, bytes in base64, arrays and maps as JSON. */
export function attributeText(value: AttributeValue): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'object':
      if (value === null) return '';
      if (value instanceof Uint8Array) return base64(value);
      return JSON.stringify(value, (_key, inner: AttributeValue) => plainJson(inner));
    case 'undefined':
      return '';
    default:
      return String(value);
  }
}

function plainJson(value: AttributeValue): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  return value instanceof Uint8Array ? base64(value) : value;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** At most `limit` code points, cut between them; 0 = no limit. */
export function truncate(text: string, limit: number): string {
  if (limit === 0 || text.length <= limit) return text;
  let end = 0;
  for (let points = 0; points < limit && end < text.length; points++) {
    end += (text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1;
  }
  return text.slice(0, end);
}

/** A cheap key of an attribute map, different for different label texts; the order of keys counts. */
export function attributesText(attributes: AttributeMap): string {
  let key = '';
  for (const name in attributes) {
    const value = attributes[name];
    const text = typeof value === 'string' ? value : attributeText(value);
    key += `${name.length}:${name}${text.length}:${text}`;
  }
  return key;
}
