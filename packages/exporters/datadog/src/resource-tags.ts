/** What a resource means to Datadog: a host, the three tags that tie signals together, and further tags. */
import { type AttributeMap, type AttributeValue, type ResourceRecord, valueToText } from '@telemetryflow/otlp';
import type { DatadogConfig } from './config.ts';
import { hostOf } from './host.ts';
import { pushTags, tagText } from './tag-text.ts';

/** Resource attributes that are always tags, under Datadog's own names. */
const TAG_OF: Readonly<Record<string, string>> = {
  'aws.ecs.task.arn': 'task_arn',
  'aws.ecs.task.family': 'task_family',
  'aws.ecs.task.revision': 'task_version',
  'cloud.availability_zone': 'zone',
  'cloud.provider': 'cloud_provider',
  'cloud.region': 'region',
  'container.id': 'container_id',
  'container.image.name': 'image_name',
  'container.image.tag': 'image_tag',
  'container.image.tags': 'image_tag',
  'container.name': 'container_name',
  'k8s.cluster.name': 'kube_cluster_name',
  'k8s.container.name': 'kube_container_name',
  'k8s.cronjob.name': 'kube_cronjob',
  'k8s.daemonset.name': 'kube_daemon_set',
  'k8s.deployment.name': 'kube_deployment',
  'k8s.job.name': 'kube_job',
  'k8s.namespace.name': 'kube_namespace',
  'k8s.pod.name': 'pod_name',
  'k8s.replicaset.name': 'kube_replica_set',
  'k8s.statefulset.name': 'kube_stateful_set',
};

const CONTAINER_TAG = 'datadog.container.tag.';

/** Tags of which a point or record has one value only; the nearest to it wins. */
export const SINGLE_VALUED = ['service', 'env', 'version'] as const;
export type SingleValued = (typeof SINGLE_VALUED)[number];

/** Where telemetry says it, best first. */
const SOURCES: Readonly<Record<SingleValued, readonly string[]>> = {
  service: ['service.name'],
  env: ['deployment.environment.name', 'deployment.environment'],
  version: ['service.version'],
};
const SOURCE_KEYS: ReadonlySet<string> = new Set(Object.values(SOURCES).flat());

/** A resource as every signal needs it. */
export interface ResourceTags {
  /** `''` where there is none. */
  readonly host: string;
  readonly single: Readonly<Record<SingleValued, string>>;
  /** Tags besides the single-valued ones, not sorted. */
  readonly tags: readonly string[];
}

export type ResourceTagOptions = Pick<DatadogConfig, 'tags' | 'host_tags' | 'hostname' | 'environment' | 'version'> & {
  /** All further resource attributes as tags. */
  readonly all: boolean;
};

/** Reads resources; `machine` is the name of this machine, for those that name no host. */
export class ResourceReader {
  readonly #options: ResourceTagOptions;
  readonly #hostname: string;
  /** Tags of the option of that name. */
  readonly hostTags: readonly (readonly [string, string])[];

  constructor(options: ResourceTagOptions, machine: string) {
    this.#options = options;
    this.#hostname = options.hostname ?? machine;
    this.hostTags = Object.entries(options.host_tags);
  }

  read({ attributes }: ResourceRecord): ResourceTags {
    const tags: string[] = [];
    for (const key in attributes) this.#push(tags, key, attributes[key]);
    for (const [key, value] of this.hostTags) {
      if (attributes[key] === undefined && !isSingle(key) && key !== 'host') tags.push(tagText(key, value));
    }
    return { host: this.#host(attributes), single: this.singles(attributes), tags };
  }

  /** True for a resource attribute that is there because the options say so, and is a tag or a field of its own. */
  isConfigured(key: string, value: AttributeValue): boolean {
    return Object.hasOwn(this.#options.tags, key) && this.#options.tags[key] === value;
  }

  /** Values of service, env and version: of the telemetry, else of the options, else of the tags; `''` for none. */
  singles(attributes: AttributeMap): Record<SingleValued, string> {
    const { environment = '', version = '' } = this.#options;
    return {
      service: this.#single(attributes, 'service', ''),
      env: this.#single(attributes, 'env', environment),
      version: this.#single(attributes, 'version', version),
    };
  }

  #single(attributes: AttributeMap, key: SingleValued, configured: string): string {
    let unknown = '';
    for (const source of SOURCES[key]) {
      const text = valueToText(attributes[source]);
      if (key === 'service' && text.startsWith('unknown_service')) unknown = text;
      else if (text !== '') return text;
    }
    const own = attributes[key];
    const text = valueToText(own);
    if (text !== '' && !this.isConfigured(key, own)) return text;
    return configured || text || (this.#options.host_tags[key] ?? '') || unknown;
  }

  #host(attributes: AttributeMap): string {
    const { tags, host_tags: more } = this.#options;
    const { name, none } = hostOf(attributes);
    if (name !== '' || none) return name;
    return tags['host'] ?? more['host'] ?? this.#hostname;
  }

  #push(tags: string[], key: string, value: AttributeValue): void {
    if (isSingle(key) || SOURCE_KEYS.has(key) || key === 'host') return;
    const known = TAG_OF[key];
    if (known !== undefined) pushTags(tags, known, value);
    else if (key.startsWith(CONTAINER_TAG)) pushTags(tags, key.slice(CONTAINER_TAG.length), value);
    else if (this.#options.all || Object.hasOwn(this.#options.tags, key)) pushTags(tags, key, value);
  }
}

function isSingle(key: string): key is SingleValued {
  return key === 'service' || key === 'env' || key === 'version';
}

/** The single-valued tags of a resource, those left out that something nearer says. */
export function singleTags(single: Readonly<Record<SingleValued, string>>, nearer?: AttributeMap): string[] {
  const tags: string[] = [];
  for (const key of SINGLE_VALUED) {
    const value = single[key];
    if (value !== '' && nearer?.[key] === undefined) tags.push(tagText(key, value));
  }
  return tags;
}
