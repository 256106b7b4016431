/** One index, or data stream, of the fake Elasticsearch: its mapping rules and its documents. */
import { FAKE_EPOCH } from '../clock.ts';
import type { BulkDocument } from './elasticsearch-bulk.ts';

/** Why a document is not taken. */
export interface DocumentRefusal {
  readonly status: number;
  readonly type: string;
  readonly reason: string;
}

/** A document that is stored. */
export interface StoredDocument {
  readonly index: string;
  readonly id: string | undefined;
  readonly source: Readonly<Record<string, unknown>>;
  readonly dynamicTemplates: Readonly<Record<string, string>>;
}

const MAX_TERM_BYTES = 32_766;
const MAX_DEPTH = 20;
const LOOK_BACK_MS = 2 * 3_600_000;
const LOOK_AHEAD_MS = 30 * 60_000;
/** Dynamic templates of the server's own template for metrics. */
const BUILT_IN = ['counter_long', 'counter_double', 'gauge_long', 'gauge_double', 'histogram', 'summary'];

export class FakeIndex {
  readonly name: string;
  readonly documents: StoredDocument[] = [];
  readonly #template: string | undefined;
  readonly #opensearch: boolean;
  /** The server has templates for OpenTelemetry's document shape. */
  readonly #otelTemplates: boolean;
  readonly #ids = new Set<string>();
  /** Of paths, in an index without template. */
  readonly #kinds = new Map<string, string>();

  /** `template` is the text of the index template that applies. */
  constructor(
    name: string,
    template: string | undefined,
    server: { readonly opensearch: boolean; readonly otelTemplates: boolean },
  ) {
    this.name = name;
    this.#template = template;
    this.#opensearch = server.opensearch;
    this.#otelTemplates = server.otelTemplates;
  }

  get isDataStream(): boolean {
    return /^(?:logs|metrics|traces)-[^-]+-/.test(this.name);
  }

  /** Metrics of OpenTelemetry's shape go to a time series. */
  get isTimeSeries(): boolean {
    return this.#otelTemplates && /^metrics-[^-]+\.otel-/.test(this.name);
  }

  put(document: BulkDocument): DocumentRefusal | undefined {
    const { action, meta, source, broken } = document;
    const id = meta['_id'] === undefined ? undefined : String(meta['_id']);
    const templates = (meta['dynamic_templates'] ?? {}) as Record<string, string>;
    if (this.isDataStream && action !== 'create') {
      return invalid(
        'illegal_argument_exception',
        'only write ops with an op_type of create are allowed in data streams',
      );
    }
    if (broken !== undefined) return this.#unparsable(broken);
    if (this.isDataStream && source['@timestamp'] === undefined) {
      return this.#unparsable('data stream timestamp field [@timestamp] is missing');
    }
    if (id !== undefined && Buffer.byteLength(id) > 512) {
      return invalid('illegal_argument_exception', `id [${id}] is too long, must be no longer than 512 bytes`);
    }
    const problem =
      (this.isTimeSeries ? this.#timeSeriesProblem(source, id) : undefined) ??
      this.#templateProblem(templates) ??
      this.#mappingProblem(source);
    if (problem !== undefined) return problem;
    const key = this.isTimeSeries ? seriesKey(source) : id;
    if (key !== undefined && this.#ids.has(key)) {
      return {
        status: 409,
        type: 'version_conflict_engine_exception',
        reason: `[${key}]: version conflict, document already exists (current version [1])`,
      };
    }
    if (key !== undefined) this.#ids.add(key);
    this.documents.push({ index: this.name, id, source, dynamicTemplates: templates });
    return undefined;
  }

  #unparsable(reason: string): DocumentRefusal {
    return invalid(this.#opensearch ? 'mapper_parsing_exception' : 'document_parsing_exception', reason);
  }

  #timeSeriesProblem(source: BulkDocument['source'], id: string | undefined): DocumentRefusal | undefined {
    if (id !== undefined) {
      return invalid(
        'illegal_argument_exception',
        `_id must be unset or set to [x] but was [${id}] because [${this.name}] is in time_series mode`,
      );
    }
    const at = Date.parse(String(source['@timestamp']));
    if (at < FAKE_EPOCH - LOOK_BACK_MS || at > FAKE_EPOCH + LOOK_AHEAD_MS) {
      return invalid(
        'timestamp_error',
        `the document timestamp [${source['@timestamp']}] is outside of ranges of currently writable indices`,
      );
    }
    for (const [key, value] of Object.entries((source['attributes'] ?? {}) as Record<string, unknown>)) {
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
        return this.#unparsable(`Dimension field [attributes.${key}] cannot be an object`);
      }
    }
    return undefined;
  }

  #templateProblem(templates: Readonly<Record<string, string>>): DocumentRefusal | undefined {
    for (const [field, name] of Object.entries(templates)) {
      const known = this.isTimeSeries ? BUILT_IN.includes(name) : this.#template?.includes(`"${name}"`) === true;
      if (!known) {
        return this.#unparsable(`Can't find dynamic template for dynamic template name [${name}] of field [${field}]`);
      }
    }
    return undefined;
  }

  #mappingProblem(source: BulkDocument['source']): DocumentRefusal | undefined {
    const flat = [source['attributes'], (source['resource'] as { attributes?: unknown } | undefined)?.attributes];
    for (const map of flat) {
      if (map === undefined) continue;
      if (typeof map !== 'object' || map === null)
        return this.#unparsable('failed to parse field [attributes] of type [flattened]');
      const problem = this.#flattenedProblem(map, 1);
      if (problem !== undefined) return this.#unparsable(problem);
    }
    return this.#template === undefined && !this.isDataStream ? this.#dynamicProblem(source, '') : undefined;
  }

  /** `flattened` leaves out what is longer than this; `flat_object` knows no such thing. */
  get #ignoresLong(): boolean {
    if (this.#opensearch) return false;
    const [, limit = '0'] = /"ignore_above":(\d+)/.exec(this.#template ?? '') ?? [];
    return this.#template === undefined || (Number(limit) > 0 && Number(limit) * 4 <= MAX_TERM_BYTES + 2);
  }

  #flattenedProblem(map: object, depth: number): string | undefined {
    if (depth > MAX_DEPTH)
      return `The provided [flattened] field [attributes] exceeds the maximum depth limit of [${MAX_DEPTH}].`;
    for (const [key, value] of Object.entries(map)) {
      if (key.includes('\0')) return 'Keys in [flattened] fields cannot contain the reserved character \\0.';
      if (typeof value === 'string' && !this.#ignoresLong && Buffer.byteLength(value) > MAX_TERM_BYTES) {
        return `Document contains at least one immense term in field="attributes._value"`;
      }
      if (typeof value !== 'object' || value === null) continue;
      const problem = this.#flattenedProblem(value, Array.isArray(value) ? depth : depth + 1);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  /** Without a template the first document decides what is an object. */
  #dynamicProblem(map: object, path: string): DocumentRefusal | undefined {
    for (const [key, value] of Object.entries(map)) {
      if (value === null) continue;
      const parts = key.split('.');
      if (parts.some((part) => part.trim() === ''))
        return this.#unparsable(`field name [${path}${key}] cannot contain only whitespace`);
      for (let i = 1; i <= parts.length; i++) {
        const last = i === parts.length;
        const kind = !last || (typeof value === 'object' && !Array.isArray(value)) ? 'object' : 'value';
        const name = `${path}${parts.slice(0, i).join('.')}`;
        const before = this.#kinds.get(name);
        if (before !== undefined && before !== kind) {
          return this.#unparsable(
            `object mapping for [${name}] tried to parse field [${name}] as object, but found a concrete value`,
          );
        }
        this.#kinds.set(name, kind);
      }
      if (typeof value === 'object' && !Array.isArray(value)) {
        const problem = this.#dynamicProblem(value as object, `${path}${key}.`);
        if (problem !== undefined) return problem;
      }
    }
    return undefined;
  }
}

function invalid(type: string, reason: string): DocumentRefusal {
  return { status: 400, type, reason };
}

/** Dimensions and the time in milliseconds. */
function seriesKey(source: BulkDocument['source']): string {
  const { attributes, resource, scope, unit, _metric_names_hash: hash } = source;
  return JSON.stringify([attributes, resource, scope, unit, hash, Date.parse(String(source['@timestamp']))]);
}
