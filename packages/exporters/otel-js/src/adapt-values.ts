/** Values and resources of records, as exporters of OpenTelemetry JS can take them. */
import type { AttributeMap, AttributeValue, ResourceRecord } from '@telemetryflow/otlp';
import type { SdkResource } from './sdk.ts';

const INT64 = 2 ** 63;

/**
 * The map itself where nothing in it has to change. Three kinds of numbers become text: int64 beyond 2^53, which no exporter
 * knows; integral doubles beyond int64, of which the OTLP exporters make an integer that a backend refuses; and what is
 * not finite, of which exporters that write JSON make nothing.
 */
export function plainAttributes(attributes: AttributeMap): AttributeMap {
  let changed: Record<string, AttributeValue> | undefined;
  for (const [key, value] of Object.entries(attributes)) {
    const plain = plainValue(value);
    if (plain === value) continue;
    changed ??= Object.assign(Object.create(null), attributes) as Record<string, AttributeValue>;
    changed[key] = plain;
  }
  return changed ?? attributes;
}

/** One value; see {@link plainAttributes}. */
export function plainValue(value: AttributeValue): AttributeValue {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  if (typeof value === 'number') return isTooWide(value) ? String(value) : value;
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  if (!Array.isArray(value)) return plainAttributes(value as AttributeMap);
  const list = value as readonly AttributeValue[];
  const plain = list.map(plainValue);
  return plain.every((each, at) => each === list[at]) ? value : plain;
}

function isTooWide(value: number): boolean {
  return Number.isInteger(value) ? !isInt64(value) : !Number.isFinite(value);
}

/** True for integers between the ends of int64, which a number cannot be equal to at the upper one. */
export function isInt64(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) < INT64;
}

const resources = new WeakMap<ResourceRecord, SdkResource>();

/** True for a resource of an SDK, which exporters take as it is. */
export function isSdkResource(resource: ResourceRecord): boolean {
  return typeof (resource as Partial<SdkResource>).getRawAttributes === 'function';
}

/** The same object for the same resource, for exporters group by identity. */
export function sdkResource(resource: ResourceRecord): SdkResource {
  let known = resources.get(resource);
  if (known === undefined) {
    known = isSdkResource(resource) ? (resource as SdkResource) : madeResource(resource);
    resources.set(resource, known);
  }
  return known;
}

function madeResource(resource: ResourceRecord): SdkResource {
  const attributes = plainAttributes(resource.attributes);
  const made: SdkResource = {
    attributes,
    schemaUrl: resource.schemaUrl,
    asyncAttributesPending: false,
    waitForAsyncAttributes: async () => {},
    getRawAttributes: () => Object.entries(attributes),
    merge(other) {
      if (other === null) return made;
      return madeResource({
        attributes: { ...attributes, ...(other.attributes as AttributeMap) },
        schemaUrl: other.schemaUrl ?? resource.schemaUrl,
      });
    },
  };
  return made;
}
