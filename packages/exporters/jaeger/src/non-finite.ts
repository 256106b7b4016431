/** NaN and infinities as text: with one of them Jaeger cannot write its answers, and shows nothing of the whole trace. */
import { hasSpanAttribute, type ItemTransform, mapSpanAttributes } from '@telemetryflow/http';
import { type AttributeMap, hasScalar, mapScalars, type ResourceRecord } from '@telemetryflow/otlp';

/** Field number of AnyValue. */
const DOUBLE = 4;

export const nonFiniteAsText: ItemTransform<'traces'> = {
  concerns: hasSpanAttribute(hasScalar((kind, bytes, at) => kind === DOUBLE && isNonFinite(bytes, at))),
  change: (span) => mapSpanAttributes(span, asText),
};

export function resourceAsText(resource: ResourceRecord): ResourceRecord {
  const attributes = asText(resource.attributes);
  return attributes === resource.attributes ? resource : { ...resource, attributes };
}

function asText(attributes: AttributeMap): AttributeMap {
  return mapScalars(attributes, (value) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  );
}

/** The exponent of a little-endian double is all ones. */
function isNonFinite(bytes: Uint8Array, at: number): boolean {
  return ((bytes[at + 7] ?? 0) & 0x7f) === 0x7f && ((bytes[at + 6] ?? 0) & 0xf0) === 0xf0;
}
