/** The tenant that telemetry belongs to, where an attribute of its resource names it. */
import { type AttributeMap, valueToText } from '@telemetryflow/otlp';

export const NO_TENANT = 'the tenant attribute holds no tenant that Loki takes';

/** A tenant that Loki accepts. */
export function isTenant(text: string): boolean {
  return text.length <= 150 && /^[A-Za-z0-9!\-_.*'()]+$/.test(text) && text !== '.' && text !== '..';
}

/** The tenant that a resource names: `''` when it names none, `undefined` when Loki would not take it. */
export function tenantOf(attributes: AttributeMap, attribute: string | undefined): string | undefined {
  if (attribute === undefined || attribute === '') return '';
  const text = valueToText(attributes[attribute]);
  return text === '' || isTenant(text) ? text : undefined;
}
