/** The host that a resource belongs to, found as Datadog's own translators find it, so that data of both meets. */
import { type AttributeMap, valueToText } from '@telemetryflow/otlp';

/** Names that mean "this machine" and so name none. */
const NO_HOST: ReadonlySet<string> = new Set([
  '0.0.0.0',
  '127.0.0.1',
  'ip6-localhost',
  'localhost',
  'localhost.localdomain',
  'localhost6.localdomain6',
]);

/** The host of a resource. `none`: it has none and must not be given one, as a task without a machine. */
export interface Host {
  readonly name: string;
  readonly none: boolean;
}

const UNKNOWN: Host = { name: '', none: false };
const NONE: Host = { name: '', none: true };

/** `name` is `''` where the resource does not say. */
export function hostOf(attributes: AttributeMap): Host {
  const named = text(attributes, 'host') || text(attributes, 'datadog.host.name');
  if (named !== '') return found(named);
  if (text(attributes, 'aws.ecs.launchtype').toLowerCase() === 'fargate') return NONE;
  const id = text(attributes, 'host.id');
  const name = text(attributes, 'host.name');
  switch (text(attributes, 'cloud.provider')) {
    case 'aws':
      return id === '' ? NONE : found(id);
    case 'gcp':
      return gcpHost(name, text(attributes, 'cloud.account.id'));
    case 'azure':
      return id === '' && name === '' ? NONE : found(id || name);
    default:
      break;
  }
  const node = text(attributes, 'k8s.node.name');
  if (node !== '') {
    const cluster = text(attributes, 'k8s.cluster.name');
    return found(cluster === '' ? node : `${node}-${cluster}`);
  }
  return found(id || name);
}

/** `web-1.project`: the first label of names that Google gives out, and the project. */
function gcpHost(name: string, project: string): Host {
  if (name === '' || project === '') return NONE;
  const short = name.split('.').length > 3 ? name.slice(0, name.indexOf('.')) : name;
  return found(`${short}.${project}`);
}

function found(name: string): Host {
  return NO_HOST.has(name.toLowerCase()) ? UNKNOWN : { name, none: false };
}

function text(attributes: AttributeMap, key: string): string {
  const value = attributes[key];
  return typeof value === 'string' ? value : valueToText(value);
}
