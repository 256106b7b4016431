/**
 * The rule for `tags` and `service_name`, once for all exporters: they fill gaps of the resource, and telemetry's
 * own values always win.
 */
import { type AttributeMap, type ResourceRecord, withResourceAttributes } from '@telemetryflow/otlp';

/** A change of resources, and a key that is equal for equal changes. */
export interface ResourceFill {
  readonly key: string;
  readonly change: (resource: ResourceRecord) => ResourceRecord;
}

const SERVICE_NAME = 'service.name';
const UNKNOWN_SERVICE = 'unknown_service';

/**
 * What an exporter's `tags` and `service_name` do to a resource, or `undefined` when neither is set. Tags become
 * attributes where the key is absent. The service name fills `service.name` where that is absent or starts with
 * `unknown_service`; it goes before a tag of that key.
 */
export function resourceFill(
  tags: Readonly<Record<string, string>> | undefined,
  serviceName: string | undefined,
): ResourceFill | undefined {
  const entries = Object.entries(tags ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const service = serviceName === '' ? undefined : serviceName;
  if (entries.length === 0 && service === undefined) return undefined;

  function change(resource: ResourceRecord): ResourceRecord {
    const own = resource.attributes;
    let filled: Record<string, unknown> | undefined;
    if (service !== undefined && isUnknownService(own[SERVICE_NAME])) {
      filled = copy(own);
      filled[SERVICE_NAME] = service;
    }
    for (const [key, value] of entries) {
      if ((filled ?? own)[key] !== undefined) continue;
      filled ??= copy(own);
      filled[key] = value;
    }
    return filled === undefined ? resource : withResourceAttributes(resource, filled as AttributeMap);
  }
  return { key: JSON.stringify([service ?? null, entries]), change };
}

function isUnknownService(name: unknown): boolean {
  return name === undefined || (typeof name === 'string' && name.startsWith(UNKNOWN_SERVICE));
}

/** Null prototype, so that `__proto__` is an ordinary key; symbols (the marks of integral doubles) come along. */
function copy(attributes: AttributeMap): Record<string, unknown> {
  return Object.assign(Object.create(null), attributes);
}
