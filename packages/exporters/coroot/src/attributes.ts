/**
 * Attributes without value: Coroot stores a text about a missing type for an empty one, and a KeyValue that lacks the
 * value altogether ends its handler. Both are left out.
 */
import {
  hasLogAttribute,
  hasSpanAttribute,
  type ItemTransform,
  mapLogAttributes,
  mapSpanAttributes,
} from '@telemetryflow/http';
import {
  type AttributeMap,
  hasScalar,
  LEFT_OUT,
  mapScalars,
  type ResourceRecord,
  valueToText,
  withAttribute,
} from '@telemetryflow/otlp';

const isEmpty = hasScalar((kind) => kind === 0);
const withoutEmpty = (attributes: AttributeMap): AttributeMap => mapScalars(attributes, (value) => value ?? LEFT_OUT);

export const logsWithoutEmpty: ItemTransform<'logs'> = {
  concerns: hasLogAttribute(isEmpty),
  change: (record) => mapLogAttributes(record, withoutEmpty),
};

export const spansWithoutEmpty: ItemTransform<'traces'> = {
  concerns: hasSpanAttribute(isEmpty),
  change: (span) => mapSpanAttributes(span, withoutEmpty),
};

/** The resource without empty attributes, and with a service that Coroot does not take for a container of its agent. */
export function cleanResource(resource: ResourceRecord): ResourceRecord {
  let attributes = withoutEmpty(resource.attributes);
  const service = attributes['service.name'];
  if (service !== undefined) {
    const name = valueToText(service).replace(/^\/+/, '');
    if (name !== service) attributes = withAttribute(attributes, 'service.name', name);
  }
  return attributes === resource.attributes ? resource : { ...resource, attributes };
}
