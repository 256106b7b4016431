/** The service that telemetry is of, as an Entity of CloudWatch: what relates metrics and logs in its console. */
import { type AttributeMap, valueToText } from '@telemetryflow/otlp';
import { asciiText } from './dimensions.ts';

/** CloudWatch Logs takes 512 characters; names of Application Signals end here. */
const MAX_TEXT = 255;

/**
 * The key attributes of an Entity as JSON in ASCII; equal texts are the same entity. `''` where the resource has no
 * `service.name` or no `deployment.environment.name`: AWS takes a Service with both only.
 */
export function serviceEntity(attributes: AttributeMap): string {
  const name = textOf(attributes['service.name']);
  const environment = textOf(attributes['deployment.environment.name']) || textOf(attributes['deployment.environment']);
  if (name === '' || environment === '') return '';
  return JSON.stringify({ Type: 'Service', Name: name, Environment: environment });
}

function textOf(value: AttributeMap[string]): string {
  return asciiText(valueToText(value).trim(), MAX_TEXT);
}

/** Says that data arrived and only its entity did not; `error` is the word of the service for it. */
export function entityWarning(error: string): string {
  return `entity_refused: the data was taken, but not the entity it is of: ${error}`;
}
