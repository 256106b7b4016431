/**
 * A declarative configuration of OpenTelemetry (`OTEL_CONFIG_FILE`, file_format 1.x) as a configuration of a pipeline.
 * Pure. What a pipeline has no counterpart for, or what is the SDK's own to do, is listed and never guessed.
 * https://github.com/open-telemetry/opentelemetry-configuration
 */
import type { Signal } from '@telemetryflow/otlp';
import type { Converted, Unconverted } from './converted.ts';
import { type Block, ExporterBlocks, keyValueList, settings } from './exporter-blocks.ts';
import { parsePreference, type TemporalityPreference } from './temporality.ts';

type Node = Readonly<Record<string, unknown>>;

const PROVIDERS = { traces: 'tracer_provider', metrics: 'meter_provider', logs: 'logger_provider' } as const;
const SDKS_OWN = 'it is the SDK that does this; set it up there';
const NO_COUNTERPART = 'a pipeline has no counterpart for it';
const OWN_BATCHING = 'the pipeline bounds its queue by requests and bytes, and attempts by the timeout of the exporter';

/**
 * Throws when the document is not of `file_format` 1.x.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type Converted, configFromDeclarative, type Unconverted } from '@telemetryflow/sdk';
 *
 * const exporter = { otlp_http: { endpoint: 'http://collector:4318/v1/traces' } };
 * const converted: Converted = configFromDeclarative({
 *   file_format: '1.0',
 *   tracer_provider: { processors: [{ batch: { exporter } }], sampler: { always_on: {} } },
 * });
 * assert.deepEqual(converted.config['exporters'], {
 *   otlp_http: { traces_endpoint: 'http://collector:4318/v1/traces', metrics: false, logs: false },
 * });
 * const unconverted: readonly Unconverted[] = converted.unconverted;
 * assert.deepEqual(
 *   unconverted.map(({ path }) => path),
 *   ['tracer_provider.sampler'],
 * );
 * ```
 */
export function configFromDeclarative(document: unknown): Converted {
  return new Conversion(asNode(document)).run();
}

class Conversion {
  readonly #root: Node;
  readonly #blocks = new ExporterBlocks();
  readonly #unconverted: Unconverted[] = [];
  #metricInterval: number | undefined;
  #temporality: TemporalityPreference | undefined;

  constructor(root: Node) {
    this.#root = root;
  }

  run(): Converted {
    const { file_format: format, disabled, log_level: level, resource, ...rest } = this.#root;
    if (!/^1\.\d+/.test(String(format))) {
      throw new Error(`file_format is ${JSON.stringify(format)}; only the stable format is converted, as "1.0"`);
    }
    for (const signal of ['traces', 'metrics', 'logs'] as const)
      this.#provider(signal, asNode(rest[PROVIDERS[signal]]));
    this.#list('', without(rest, Object.values(PROVIDERS)), SDKS_OWN);
    const config = this.#blocks.config(this.#resource(asNode(resource)));
    const service = { ...(config['service'] as Block), ...logLevel(level) };
    return {
      config: { ...config, service },
      options: settings({ metricInterval: this.#metricInterval, temporality: this.#temporality }),
      disabled: disabled === true,
      unconverted: this.#unconverted,
    };
  }

  #provider(signal: Signal, provider: Node): void {
    const path = PROVIDERS[signal];
    const key = signal === 'metrics' ? 'readers' : 'processors';
    for (const [at, member] of asList(provider[key]).entries()) {
      const where = `${path}.${key}[${at}]`;
      const { batch, simple, periodic, ...others } = asNode(member);
      if (signal === 'metrics') this.#reader(`${where}.periodic`, periodic);
      else {
        this.#processor(signal, `${where}.batch`, batch);
        this.#processor(signal, `${where}.simple`, simple);
      }
      this.#list(where, others, NO_COUNTERPART);
    }
    this.#list(path, without(provider, [key]), SDKS_OWN);
  }

  #processor(signal: Signal, where: string, given: unknown): void {
    if (given === undefined) return;
    const { exporter, schedule_delay, max_export_batch_size, ...others } = asNode(given);
    const simple = where.endsWith('.simple');
    const batching = {
      batch_size: simple ? 1 : max_export_batch_size,
      flush_interval: duration(schedule_delay),
    };
    this.#exporter(signal, `${where}.exporter`, asNode(exporter), settings(batching));
    this.#list(where, others, OWN_BATCHING);
  }

  #reader(where: string, given: unknown): void {
    if (given === undefined) return;
    const { exporter, interval, ...others } = asNode(given);
    if (typeof interval === 'number') {
      if (this.#metricInterval !== undefined && this.#metricInterval !== interval) {
        this.#add(`${where}.interval`, `there is one reader for all, and an earlier one has ${this.#metricInterval}`);
      }
      this.#metricInterval ??= interval;
    }
    this.#exporter('metrics', `${where}.exporter`, asNode(exporter), {});
    this.#list(where, others, NO_COUNTERPART);
  }

  #exporter(signal: Signal, where: string, exporter: Node, batching: Block): void {
    for (const [name, given] of Object.entries(exporter)) {
      const path = `${where}.${name}`;
      if (name === 'otlp_http' || name === 'otlp_grpc') this.#otlp(signal, path, name, asNode(given), batching);
      else if (name === 'console') {
        this.#blocks.add('debug', batching, signal);
        this.#metricPreferences(path, asNode(given));
      } else this.#add(path, `there is no exporter for it here; otlp_http, otlp_grpc and console are converted`);
    }
  }

  #otlp(signal: Signal, path: string, type: 'otlp_http' | 'otlp_grpc', given: Node, batching: Block): void {
    const { endpoint, headers, headers_list, compression, timeout, encoding, tls, ...others } = given;
    const named = asList(headers).map((each) => [String(asNode(each)['name']), asNode(each)['value'] ?? '']);
    const where =
      type === 'otlp_grpc'
        ? { endpoint: endpoint ?? 'http://localhost:4317' }
        : { [`${signal}_endpoint`]: endpoint ?? `http://localhost:4318/v1/${signal}` };
    const block = {
      ...where,
      headers: { ...keyValueList(textOf(headers_list)), ...Object.fromEntries(named) },
      compression,
      timeout: duration(timeout),
      encoding: encoding === 'protobuf' ? undefined : encoding,
      tls: settings(asNode(tls)),
    };
    this.#blocks.add(type, { ...settings(block), ...batching }, signal);
    this.#metricPreferences(path, others);
  }

  #metricPreferences(path: string, given: Node): void {
    const { temporality_preference: preference, default_histogram_aggregation: aggregation, ...others } = given;
    const parsed = parsePreference(textOf(preference)?.replace('_', ''));
    if (parsed !== undefined && this.#temporality !== undefined && parsed !== this.#temporality) {
      const reason = `there is one reader for all, and an earlier one reads ${this.#temporality}; the pipeline converts`;
      this.#add(`${path}.temporality_preference`, reason);
    }
    this.#temporality ??= parsed;
    if (isSet(aggregation) && aggregation !== 'explicit_bucket_histogram') {
      this.#add(`${path}.default_histogram_aggregation`, 'give the MeterProvider a view with this aggregation');
    }
    this.#list(path, others, NO_COUNTERPART);
  }

  /** Attributes fill what the telemetry has none of. */
  #resource(resource: Node): Block {
    const { attributes, attributes_list, ...others } = resource;
    const tags: Record<string, string> = keyValueList(textOf(attributes_list));
    for (const [at, each] of asList(attributes).entries()) {
      const { name, value } = asNode(each);
      if (typeof value === 'object') this.#add(`resource.attributes[${at}]`, 'tags of exporters are single values');
      else tags[String(name)] = String(value);
    }
    this.#list('resource', others, SDKS_OWN);
    const { 'service.name': service_name, ...rest } = tags;
    return settings({ service_name, tags: rest });
  }

  /** Every entry of a node that is set. */
  #list(path: string, node: Node, reason: string): void {
    for (const [key, value] of Object.entries(node)) {
      if (isSet(value)) this.#add(path === '' ? key : `${path}.${key}`, reason);
    }
  }

  #add(path: string, reason: string): void {
    this.#unconverted.push({ path, reason });
  }
}

function logLevel(level: unknown): Block {
  const name = /^(trace|debug|info|warn|error|fatal)/.exec(textOf(level) ?? '')?.[1];
  if (name === undefined) return {};
  const known = { trace: 'debug', fatal: 'error' }[name] ?? name;
  return { telemetry: { logs: { level: known } } };
}

function asNode(value: unknown): Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Node) : {};
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function duration(ms: unknown): string | undefined {
  return typeof ms === 'number' ? `${ms}ms` : undefined;
}

function without(node: Node, keys: readonly string[]): Node {
  return Object.fromEntries(Object.entries(node).filter(([key]) => !keys.includes(key)));
}
