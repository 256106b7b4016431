/** The environment of a resource that names none, under the name of OpenTelemetry and the one New Relic's agents use. */
import { type AttributeMap, withAttribute } from '@telemetryflow/otlp';

const NAMES = ['deployment.environment.name', 'environment'];
/** What `deployment.environment.name` was called before. */
const OLD_NAME = 'deployment.environment';

/** The attributes with the environment in the gaps; the same object where there is none. */
export function withEnvironment(attributes: AttributeMap, environment: string): AttributeMap {
  if (environment === '') return attributes;
  const own = attributes[NAMES[0] as string] ?? attributes[OLD_NAME];
  let filled = attributes;
  for (const name of NAMES) {
    if (filled[name] === undefined) filled = withAttribute(filled, name, own ?? environment);
  }
  return filled;
}
