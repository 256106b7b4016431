/**
 * Which labels a series gets. Later ones win:
 * external labels < promoted resource attributes < point attributes < job, instance < otel_scope_* < name, le, quantile
 */
import type { AttributeMap, ResourceRecord, ScopeRecord } from '@telemetryflow/otlp';
import { compareBytes, type LabelSet, labelSet } from '../label-set.ts';
import { labelName, type TranslationStrategy } from './names.ts';
import { attributeText, truncate } from './texts.ts';

/** Labels by name. */
export type Labels = Map<string, string>;

/** What decides about labels. */
export interface LabelOptions {
  readonly translation: TranslationStrategy;
  /** Added where a series has no such label. */
  readonly externalLabels: Readonly<Record<string, string>>;
  /** Resource attributes that become labels. */
  readonly resourceToLabels: 'all' | readonly string[];
  /** Write the other resource attributes as `target_info`. */
  readonly targetInfo: boolean;
  /** Add `otel_scope_name`, `otel_scope_version` and so on. */
  readonly scopeLabels: boolean;
  /** `job` of resources without `service.name`. */
  readonly jobName: string;
  /** Code points of a label value; 0 = no limit. */
  readonly maxLabelValueLength: number;
}

const IDENTIFYING: ReadonlySet<string> = new Set(['service.name', 'service.namespace', 'service.instance.id']);

/**
 * Attributes as labels. Keys that become the same name share it: their values are joined by `;` in the order of
 * the original keys.
 */
function attributeLabels(
  target: Labels,
  attributes: AttributeMap,
  options: LabelOptions,
  wanted: (key: string) => boolean = () => true,
): void {
  let origins: Map<string, string[]> | undefined;
  const found: Labels = new Map();
  for (const key in attributes) {
    if (!wanted(key)) continue;
    const name = labelName(key, options.translation);
    if (name === undefined) continue;
    if (found.has(name)) {
      origins ??= new Map();
      const keys = origins.get(name) ?? [];
      keys.push(key);
      origins.set(name, keys);
    }
    found.set(name, attributeText(attributes[key]));
  }
  if (origins !== undefined) {
    for (const name of origins.keys()) {
      const keys = Object.keys(attributes).filter((key) => wanted(key) && labelName(key, options.translation) === name);
      found.set(
        name,
        keys
          .sort(compareBytes)
          .map((key) => attributeText(attributes[key]))
          .join(';'),
      );
    }
  }
  for (const [name, value] of found) {
    if (value !== '') target.set(name, truncate(value, options.maxLabelValueLength));
  }
}

/** The labels that every series of a resource starts from, and its `target_info`. */
export interface ResourceLabels {
  readonly job: string;
  readonly instance: string;
  readonly base: Labels;
  readonly targetInfo: LabelSet | undefined;
}

/** Labels that come from a resource. */
export function resourceLabels(resource: ResourceRecord, options: LabelOptions): ResourceLabels {
  const { attributes } = resource;
  const service = attributeText(attributes['service.name']);
  const namespace = attributeText(attributes['service.namespace']);
  const job = service === '' ? options.jobName : namespace === '' ? service : `${namespace}/${service}`;
  const instance = attributeText(attributes['service.instance.id']);
  const base: Labels = new Map(externalLabels(options));
  const promoted = options.resourceToLabels;
  if (promoted === 'all') attributeLabels(base, attributes, options);
  else if (promoted.length > 0) attributeLabels(base, attributes, options, (key) => promoted.includes(key));

  let targetInfo: LabelSet | undefined;
  if (options.targetInfo && (job !== '' || instance !== '')) {
    const info: Labels = new Map();
    attributeLabels(info, attributes, options, (key) => !IDENTIFYING.has(key));
    if (info.size > 0) {
      const labels = new Map([...externalLabels(options), ...info]);
      setIdentity(labels, job, instance, options);
      labels.set('__name__', 'target_info');
      targetInfo = labelSet(labels);
    }
  }
  return { job, instance, base, targetInfo };
}

function setIdentity(labels: Labels, job: string, instance: string, options: LabelOptions): void {
  if (job !== '') labels.set('job', truncate(job, options.maxLabelValueLength));
  if (instance !== '') labels.set('instance', truncate(instance, options.maxLabelValueLength));
}

function externalLabels(options: LabelOptions): [string, string][] {
  const labels: [string, string][] = [];
  for (const [key, value] of Object.entries(options.externalLabels)) {
    const name = labelName(key, options.translation);
    if (name !== undefined && value !== '') labels.push([name, value]);
  }
  return labels;
}

/** Labels that come from a scope. */
export function scopeLabels(scope: ScopeRecord, options: LabelOptions): Labels {
  const labels: Labels = new Map();
  if (!options.scopeLabels) return labels;
  if (scope.attributes !== undefined) {
    const own: Labels = new Map();
    attributeLabels(own, scope.attributes, options);
    for (const [name, value] of own) labels.set(`otel_scope_${name}`, value);
  }
  labels.set('otel_scope_name', truncate(scope.name, options.maxLabelValueLength));
  labels.set('otel_scope_version', truncate(scope.version ?? '', options.maxLabelValueLength));
  labels.set('otel_scope_schema_url', truncate(scope.schemaUrl ?? '', options.maxLabelValueLength));
  return labels;
}

/** The labels of a point, all but the name (and `le`, `quantile`). */
export function pointLabels(
  resource: ResourceLabels,
  scope: Labels,
  attributes: AttributeMap,
  options: LabelOptions,
): Labels {
  const labels = new Map(resource.base);
  attributeLabels(labels, attributes, options);
  setIdentity(labels, resource.job, resource.instance, options);
  for (const [name, value] of scope) if (value !== '') labels.set(name, value);
  return labels;
}
