/** Resources as they are sent: without what changes at every restart, and with the configured host name. */
import { type ResourceRecord, withAttribute, withoutAttribute } from '@telemetryflow/otlp';
import type { NetdataConfig } from './config.ts';

/** The same object where nothing has to change. */
export function resourceChange(
  config: Pick<NetdataConfig, 'exclude_resource_attributes' | 'hostname_override'>,
): (resource: ResourceRecord) => ResourceRecord {
  const excluded = config.exclude_resource_attributes.map((pattern) =>
    pattern.endsWith('*')
      ? (name: string) => name.startsWith(pattern.slice(0, -1))
      : (name: string) => name === pattern,
  );
  const host = config.hostname_override;
  return (resource) => {
    let { attributes } = resource;
    for (const name of Object.keys(attributes)) {
      if (excluded.some((matches) => matches(name))) attributes = withoutAttribute(attributes, name);
    }
    if (host !== '' && attributes['host.name'] !== host) attributes = withAttribute(attributes, 'host.name', host);
    if (attributes === resource.attributes && !resource.droppedAttributesCount) return resource;
    // The count would be part of the identity of every chart.
    return { attributes, schemaUrl: resource.schemaUrl };
  };
}
