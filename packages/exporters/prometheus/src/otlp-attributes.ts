/** Attributes as Prometheus takes them over OTLP, and the labels it makes of them. */
import { attributesKey } from '@telemetryflow/metrics';
import {
  AttributeChanges,
  type AttributeMap,
  type ResourceRecord,
  valueToText,
  withResourceAttributes,
} from '@telemetryflow/otlp';
import { labelName } from '@telemetryflow/remote-write';
import type { PrometheusConfig } from './config.ts';

type NamingConfig = Pick<
  PrometheusConfig,
  'external_labels' | 'job_name' | 'resource_to_labels' | 'translation_strategy'
>;

/** An attribute for each point of a resource that has none of its label. */
interface Filler {
  readonly label: string;
  readonly key: string;
  readonly value: AttributeMap[string];
}

/** A resource as it is sent, and what its points get from it. */
export interface OtlpResource {
  readonly full: ResourceRecord;
  /** Without what makes `job` and `instance`: Prometheus writes no `target_info` of it. */
  readonly unnamed: ResourceRecord;
  /** `job` and `instance`, for the points of the resource without name. */
  readonly identityLabels: readonly (readonly [label: string, value: string])[];
  /** Labels that all its series share, as one text. */
  readonly identity: string;
  /** Labels of its `target_info`, as one text. */
  readonly targetInfo: string;
  readonly fillers: readonly Filler[];
}

const IDENTIFYING: readonly string[] = ['service.name', 'service.namespace', 'service.instance.id'];
const MAX_NAMES = 10_000;

/** The rules of one exporter for attributes. */
export class OtlpAttributes {
  readonly #config: NamingConfig;
  readonly #external: readonly Filler[];
  readonly #labels = new Map<string, string | undefined>();

  constructor(config: NamingConfig) {
    this.#config = config;
    this.#external = this.#fillers(Object.entries(config.external_labels).filter(([, value]) => value !== ''));
  }

  resource(resource: ResourceRecord): OtlpResource {
    const attributes = this.clean(resource.attributes);
    const all = new AttributeChanges(attributes);
    if (valueToText(attributes['service.name']) === '' && this.#config.job_name !== '') {
      all.set('service.name', this.#config.job_name);
    }
    const identifying = IDENTIFYING.flatMap((key) => {
      const value = all.result[key];
      return value === undefined ? [] : [[key, value] as const];
    });
    const unnamed = new AttributeChanges(all.result);
    for (const [key] of identifying) unnamed.delete(key);
    const described = Object.keys(all.result).length > identifying.length;
    if (described) fill(all, this.#external, new Set(Object.keys(all.result).map((key) => this.#label(key))));
    const promoted = this.#config.resource_to_labels;
    const copied = Object.entries(attributes).filter(([key]) => promoted === 'all' || promoted.includes(key));
    return {
      full: withResourceAttributes(resource, all.result),
      unnamed: withResourceAttributes(resource, unnamed.result),
      identityLabels: identityLabels(all.result),
      identity: identifying.map(([key, value]) => `${key}=${valueToText(value)}`).join('\n'),
      targetInfo: attributesKey(all.result),
      fillers: [...this.#fillers(copied), ...this.#external],
    };
  }

  /** The attributes of a point with those of its resource, and the labels of its series as one text. */
  point(attributes: AttributeMap, { identity, fillers }: OtlpResource): { attributes: AttributeMap; labels: string } {
    const changes = new AttributeChanges(this.clean(attributes));
    if (fillers.length > 0) {
      fill(changes, fillers, new Set(Object.keys(changes.result).map((key) => this.#label(key))));
    }
    const labels: string[] = [];
    for (const key in changes.result) labels.push(`${this.#label(key)}=${valueToText(changes.result[key])}`);
    return { attributes: changes.result, labels: `${labels.sort().join('\n')}\n\n${identity}` };
  }

  /**
   * Without those whose keys leave no name for a label: for one of them Prometheus refuses the whole request. Arrays
   * and maps that hold a NaN or an infinity are text, because it would leave them out.
   */
  clean(attributes: AttributeMap): AttributeMap {
    const changes = new AttributeChanges(attributes);
    for (const key in attributes) {
      const value = attributes[key];
      if (this.#label(key) === undefined) changes.delete(key);
      else if (typeof value === 'object' && hasNoJson(value)) changes.set(key, valueToText(value));
    }
    return changes.result;
  }

  #fillers(entries: readonly (readonly [string, AttributeMap[string]])[]): Filler[] {
    return entries.flatMap(([key, value]) => {
      const label = this.#label(key);
      return label === undefined ? [] : [{ label, key, value }];
    });
  }

  #label(key: string): string | undefined {
    if (this.#labels.has(key)) return this.#labels.get(key);
    if (this.#labels.size >= MAX_NAMES) this.#labels.clear();
    const label = labelName(key, this.#config.translation_strategy);
    this.#labels.set(key, label);
    return label;
  }
}

/** Adds the attributes of which there is no label yet; earlier ones win. */
function fill(changes: AttributeChanges, fillers: readonly Filler[], labels: Set<string | undefined>): void {
  for (const { label, key, value } of fillers) {
    if (labels.has(label)) continue;
    labels.add(label);
    changes.set(key, value);
  }
}

/** True where a number inside has no JSON. */
function hasNoJson(value: AttributeMap[string]): boolean {
  if (typeof value === 'number') return !Number.isFinite(value);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return false;
  return Object.values(value).some(hasNoJson);
}

function identityLabels(attributes: AttributeMap): [label: string, value: string][] {
  const service = valueToText(attributes['service.name']);
  const namespace = valueToText(attributes['service.namespace']);
  const instance = valueToText(attributes['service.instance.id']);
  const job = namespace === '' ? service : `${namespace}/${service}`;
  const labels: [string, string][] = [];
  if (service !== '') labels.push(['job', job]);
  if (instance !== '') labels.push(['instance', instance]);
  return labels;
}
