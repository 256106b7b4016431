/** The host that Instana attributes telemetry to. */
import {
  type AttributeMap,
  type ResourceRecord,
  valueToText,
  withAttribute,
  withResourceAttributes,
} from '@telemetryflow/otlp';

/** Attributes by which Instana's OTLP acceptor knows the origin; it takes nothing without one of them. */
const ORIGINS = ['host.id', 'faas.id', 'device.id'];
/** Characters of a header. */
const MAX_HEADER = 256;

/** The host of a resource; `hostId` for one that names none. */
export function hostOf(attributes: AttributeMap, hostId: string): string {
  return valueToText(attributes['host.id']) || hostId;
}

/** The host as the value of a header: what no header can hold becomes `_`. */
export function hostHeader(host: string): string {
  return host.slice(0, MAX_HEADER).replaceAll(/[^\x21-\x7e]/g, '_');
}

/** The resource with an origin and the zone, where it lacks them. */
export function placedResource(resource: ResourceRecord, hostId: string, zone: string): ResourceRecord {
  let { attributes } = resource;
  if (ORIGINS.every((name) => valueToText(attributes[name]) === '')) {
    attributes = withAttribute(attributes, 'host.id', hostId);
  }
  if (zone !== '' && attributes['instana.zone'] === undefined) {
    attributes = withAttribute(attributes, 'instana.zone', zone);
  }
  return withResourceAttributes(resource, attributes);
}
