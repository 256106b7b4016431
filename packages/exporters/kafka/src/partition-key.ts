/** `partition_key`: which key a record gets, and so which records stay in order. */
import { createHash } from 'node:crypto';
import { type AttributeValue, type ResourceRecord, valueToText } from '@telemetryflow/otlp';

/** Where the key comes from. */
export type KeyRule =
  | { readonly by: 'none' }
  | { readonly by: 'trace_id' }
  | { readonly by: 'resource' }
  | { readonly by: 'attribute'; readonly name: string; readonly fallback: 'host' | undefined };

const NAMED: ReadonlyMap<string, KeyRule> = new Map<string, KeyRule>([
  ['', { by: 'none' }],
  ['none', { by: 'none' }],
  ['trace_id', { by: 'trace_id' }],
  ['resource', { by: 'resource' }],
  ['hostname', { by: 'attribute', name: 'host.name', fallback: 'host' }],
  ['host.name', { by: 'attribute', name: 'host.name', fallback: 'host' }],
  ['service', { by: 'attribute', name: 'service.name', fallback: undefined }],
]);

/** The rule of a configured key; `undefined` for what is none. */
export function keyRule(text: string): KeyRule | undefined {
  const named = NAMED.get(text);
  if (named !== undefined) return named;
  const name = text.startsWith('resource:') ? text.slice('resource:'.length) : text.includes('.') ? text : '';
  return name === '' ? undefined : { by: 'attribute', name, fallback: undefined };
}

/** The key of everything under a resource; `null` for none. Not for the rule `trace_id`. */
export function resourceKey(rule: KeyRule, resource: ResourceRecord, host: string): string | null {
  switch (rule.by) {
    case 'none':
    case 'trace_id':
      return null;
    case 'resource':
      return hashOf(resource);
    case 'attribute': {
      const value = resource.attributes[rule.name];
      if (value !== undefined && value !== null && value !== '') return valueToText(value);
      return rule.fallback === 'host' && host !== '' ? host : null;
    }
  }
}

/** Equal for resources with equal attributes, in whatever order they come. */
function hashOf({ attributes }: ResourceRecord): string {
  const hash = createHash('sha256');
  for (const key of Object.keys(attributes).sort()) {
    const value = attributes[key];
    // Lengths keep {a: 'bc'} apart from {ab: 'c'}, types keep 1 apart from '1'.
    const text = valueToText(value);
    hash.update(`${key.length}:${key}${typeOf(value)}${text.length}:${text}`);
  }
  return hash.digest('hex').slice(0, 32);
}

function typeOf(value: AttributeValue): string {
  if (value === null || value === undefined) return 'e';
  if (typeof value === 'bigint') return 'n';
  return (typeof value)[0] ?? '';
}
