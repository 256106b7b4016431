/** A strict Elasticsearch, or OpenSearch: the rules of the bulk API with their texts, and what it has stored. */
import type { Answer } from '../backend/answer.ts';
import { type Backend, type BackendOptions, startBackend } from '../backend/http-backend.ts';
import type { RecordedRequest } from '../backend/request.ts';
import type { BackendProfile } from '../contract/options.ts';
import { type BulkDocument, BulkError, indexProblem, readBulk } from './elasticsearch-bulk.ts';
import { type DocumentRefusal, FakeIndex, type StoredDocument } from './elasticsearch-index.ts';
import { type ElasticsearchOtlpItem, type ElasticsearchOtlpRefusal, takeOtlp } from './elasticsearch-otlp.ts';

/** What kind of cluster it is. */
export interface ElasticsearchRules {
  readonly product?: 'elasticsearch' | 'opensearch';
  /** Default 8.19.2, or 2.19.5. */
  readonly version?: string;
  /** False: `GET /` is not served (405), as in stripped builds. Default true. */
  readonly info?: boolean;
  /** The header `authorization` that is demanded. */
  readonly authorization?: string;
  /** Largest body after decompression; default 100 MB. */
  readonly maxContentLength?: number;
  /** Indices that the credentials may not write to. */
  readonly denied?: (index: string) => boolean;
  /** False: index templates may not be written (403). Default true. */
  readonly mayManage?: boolean;
  /** Answers to documents that are not the server's own choice: a refusal, or nothing to go on. */
  readonly refuse?: (document: BulkDocument) => DocumentRefusal | undefined;
  /** The same for what comes over OTLP, which takes a version of 9.2, or 9.5. */
  readonly refuseOtlp?: (item: ElasticsearchOtlpItem) => ElasticsearchOtlpRefusal | undefined;
}

const PARAMETERS = ['filter_path', 'pipeline', 'refresh', 'timeout', 'routing', 'require_alias'];

/**
 * The state of a cluster, and how it answers.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { ElasticsearchCluster, type StoredDocument, startBackend } from '@telemetryflow/testkit';
 *
 * const cluster = new ElasticsearchCluster({ product: 'opensearch' });
 * const backend = await startBackend((request) => cluster.answer(request));
 * const answer = await fetch(`${backend.url}/_bulk`, {
 *   method: 'POST',
 *   headers: { 'content-type': 'application/x-ndjson' },
 *   body: '{"index":{"_index":"orders"}}\n{"total":3}\n',
 * });
 * assert.equal(answer.status, 200);
 * await backend.close();
 * const [document]: StoredDocument[] = cluster.stored;
 * assert.deepEqual(document?.source, { total: 3 });
 * ```
 */
export class ElasticsearchCluster {
  readonly indices: Map<string, FakeIndex> = new Map();
  readonly templates: Map<string, unknown> = new Map();
  /** What came over OTLP and is stored. */
  readonly otlp: ElasticsearchOtlpItem[] = [];
  readonly #rules: ElasticsearchRules;

  constructor(rules: ElasticsearchRules = {}) {
    this.#rules = rules;
  }

  /** Every document that is stored. */
  get stored(): StoredDocument[] {
    return [...this.indices.values()].flatMap(({ documents }) => documents);
  }

  get #opensearch(): boolean {
    return this.#rules.product === 'opensearch';
  }

  get #version(): string {
    return this.#rules.version ?? (this.#opensearch ? '2.19.5' : '8.19.2');
  }

  /** True for an Elasticsearch of this version or a later one. */
  #isAtLeast(wantedMajor: number, wantedMinor: number): boolean {
    const [major = 0, minor = 0] = this.#version.split('.').map(Number);
    return !this.#opensearch && (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor));
  }

  answer(request: RecordedRequest): Answer {
    const { authorization, maxContentLength = 100 * 1024 * 1024 } = this.#rules;
    if (authorization !== undefined && request.headers.authorization !== authorization) {
      return failure(401, 'security_exception', 'missing authentication credentials for REST request');
    }
    if (request.body.length > maxContentLength) return { status: 413 };
    const url = new URL(request.path, 'http://fake');
    if (request.method === 'GET' && url.pathname === '/') return this.#info();
    const [, template] = /^\/_index_template\/([^/]+)$/.exec(url.pathname) ?? [];
    if (template !== undefined) return this.#indexTemplate(request, decodeURIComponent(template));
    if (request.method === 'POST' && url.pathname === '/_bulk') return this.#bulk(request, url.searchParams);
    if (request.method === 'POST' && this.#hasOtlp(url.pathname)) return this.#takeOtlp(request);
    return failure(
      400,
      'illegal_argument_exception',
      `no handler found for uri [${request.path}] and method [${request.method}]`,
    );
  }

  #hasOtlp(path: string): boolean {
    if (path === '/_otlp/v1/metrics') return this.#isAtLeast(9, 2);
    return (path === '/_otlp/v1/logs' || path === '/_otlp/v1/traces') && this.#isAtLeast(9, 5);
  }

  #takeOtlp(request: RecordedRequest): Answer {
    const { refuseOtlp = () => undefined } = this.#rules;
    const door = { deltaHistogramsOnly: !this.#isAtLeast(9, 5), refuse: refuseOtlp };
    const { answer, stored } = takeOtlp(request, door);
    this.otlp.push(...stored);
    return answer;
  }

  #info(): Answer {
    if (this.#rules.info === false) return failure(405, 'status_exception', 'Incorrect HTTP method for uri [/]');
    const number = this.#version;
    return this.#opensearch
      ? { body: { cluster_name: 'fake', version: { distribution: 'opensearch', number } } }
      : {
          headers: { 'x-elastic-product': 'Elasticsearch' },
          body: { cluster_name: 'fake', version: { number, build_flavor: 'default' }, tagline: 'You Know, for Search' },
        };
  }

  #indexTemplate(request: RecordedRequest, name: string): Answer {
    if (request.method === 'GET') {
      const template = this.templates.get(name);
      if (template === undefined)
        return failure(404, 'resource_not_found_exception', `index template matching [${name}] not found`);
      return { body: { index_templates: [{ name, index_template: template }] } };
    }
    if (this.#rules.mayManage === false)
      return failure(403, 'security_exception', 'action [indices:admin/index_template/put] is unauthorized');
    if (request.headers['content-type'] !== 'application/json')
      return failure(406, 'media_type_header_exception', 'Invalid media-type value');
    const text = request.text();
    const foreign = this.#opensearch ? /"flattened"|"subobjects"/ : /"flat_object"/;
    const wrong = foreign.exec(text)?.[0];
    if (wrong !== undefined)
      return failure(400, 'mapper_parsing_exception', `No handler for type [${wrong}] declared on field [attributes]`);
    this.templates.set(name, request.json());
    return { body: { acknowledged: true } };
  }

  #bulk(request: RecordedRequest, parameters: URLSearchParams): Answer {
    const type = request.headers['content-type'];
    if (type !== 'application/x-ndjson' && type !== 'application/json') {
      return failure(406, 'media_type_header_exception', `Content-Type header [${type}] is not supported`);
    }
    const allowed = [...PARAMETERS, ...(this.#isAtLeast(8, 13) ? ['require_data_stream'] : [])];
    for (const name of parameters.keys()) {
      if (!allowed.includes(name))
        return failure(
          400,
          'illegal_argument_exception',
          `request [/_bulk] contains unrecognized parameter: [${name}]`,
        );
    }
    let documents: BulkDocument[];
    try {
      documents = readBulk(request.text(), { opensearch: this.#opensearch });
    } catch (error) {
      if (!(error instanceof BulkError)) throw error;
      return failure(400, 'illegal_argument_exception', error.message);
    }
    return bulkAnswer(
      documents.map((document) => [document.action, this.#store(document, parameters)]),
      parameters.get('filter_path') ?? '',
    );
  }

  #store(document: BulkDocument, parameters: URLSearchParams): DocumentRefusal | undefined {
    const { refuse, denied } = this.#rules;
    const name = document.meta['_index'];
    const problem = indexProblem(name);
    if (problem !== undefined)
      return { status: 400, type: 'invalid_index_name_exception', reason: `Invalid index name [${name}], ${problem}` };
    const index = String(name);
    const refused = refuse?.(document);
    if (refused !== undefined) return refused;
    if (denied?.(index) === true) {
      return {
        status: 403,
        type: 'security_exception',
        reason: `action [indices:data/write/bulk[s]] is unauthorized for user [x] on indices [${index}]`,
      };
    }
    let known = this.indices.get(index);
    if (known === undefined) {
      known = new FakeIndex(index, this.#templateFor(index), {
        opensearch: this.#opensearch,
        otelTemplates: this.#isAtLeast(8, 16),
      });
      if (parameters.get('require_data_stream') === 'true' && !known.isDataStream) {
        return {
          status: 404,
          type: 'index_not_found_exception',
          reason: `no such index [${index}] and no matching index template with data stream`,
        };
      }
      this.indices.set(index, known);
    }
    return known.put(document);
  }

  #templateFor(index: string): string | undefined {
    for (const template of this.templates.values()) {
      const { index_patterns: patterns = [] } = template as { index_patterns?: readonly string[] };
      if (
        patterns.some((pattern) => (pattern.endsWith('*') ? index.startsWith(pattern.slice(0, -1)) : index === pattern))
      ) {
        return JSON.stringify(template);
      }
    }
    return undefined;
  }
}

function failure(status: number, type: string, reason: string): Answer {
  return { status, body: { error: { root_cause: [{ type, reason }], type, reason }, status } };
}

/** As the server answers under `filter_path`: what it leaves out of an item may leave nothing of the item. */
function bulkAnswer(
  results: readonly (readonly [action: string, refusal: DocumentRefusal | undefined])[],
  filter: string,
): Answer {
  const keepsStatus = filter === '' || filter.includes('items.*.status');
  const items = results.flatMap(([action, refusal]): Readonly<Record<string, unknown>>[] => {
    if (refusal === undefined) return keepsStatus ? [{ [action]: { status: 201 } }] : [];
    const { status, type, reason } = refusal;
    return [{ [action]: { ...(keepsStatus && { status }), error: { type, reason } } }];
  });
  return { body: { took: 1, errors: results.some(([, refusal]) => refusal !== undefined), items } };
}

/** The documents of a recorded bulk request. */
function bulkDocuments(request: RecordedRequest): BulkDocument[] {
  return readBulk(request.text(), { opensearch: false });
}

function idOf({ source }: BulkDocument): string | undefined {
  const id = (source['attributes'] as Readonly<Record<string, unknown>> | undefined)?.['item.id'];
  return typeof id === 'string' ? id : undefined;
}

function some(request: RecordedRequest, ids: ReadonlySet<string>, refusal: DocumentRefusal): Answer {
  const results = bulkDocuments(request).map((document) => {
    const id = idOf(document);
    return [document.action, id !== undefined && ids.has(id) ? refusal : undefined] as const;
  });
  return bulkAnswer(results, new URL(request.path, 'http://fake').searchParams.get('filter_path') ?? '');
}

/**
 * How Elasticsearch answers, for `exporterContract` and `runFaultMatrix`.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import elasticsearch from '@telemetryflow/exporter-elasticsearch';
 * import { ELASTICSEARCH_PROFILE, exporterContract } from '@telemetryflow/testkit';
 *
 * const [first] = exporterContract({
 *   definition: elasticsearch,
 *   // Without a template every request is a bulk request.
 *   config: ({ url }) => ({ endpoints: [url], template: 'off' }),
 *   backend: ELASTICSEARCH_PROFILE,
 *   signals: ['logs'],
 * });
 * await first?.run();
 * assert.match(first?.name ?? '', /delivers every item exactly once/);
 * ```
 */
export const ELASTICSEARCH_PROFILE: BackendProfile = {
  decode: (request) => bulkDocuments(request).flatMap((document) => idOf(document) ?? []),
  success: (request) => new ElasticsearchCluster().answer(request),
  transient: () => failure(503, 'cluster_block_exception', 'blocked by: [SERVICE_UNAVAILABLE/2/no master];'),
  permanent: () => failure(404, 'resource_not_found_exception', 'no handler found'),
  throttle: (_request, delayMs) => ({
    ...failure(429, 'es_rejected_execution_exception', 'rejected execution of coordinating operation'),
    ...(delayMs > 0 && { headers: { 'retry-after': String(delayMs / 1000) } }),
  }),
  partial: (request, refused) =>
    some(request, refused, {
      status: 400,
      type: 'document_parsing_exception',
      reason: '[1:9] failed to parse field [n]',
    }),
  partialRetry: (request, again) =>
    some(request, again, {
      status: 429,
      type: 'es_rejected_execution_exception',
      reason: 'rejected execution of primary operation',
    }),
  auth: () => failure(401, 'security_exception', 'unable to authenticate user [u] for REST request [/_bulk]'),
  tooLarge: () => ({ status: 413 }),
};

/** A running {@link fakeElasticsearch}. */
export interface FakeElasticsearch extends Backend {
  readonly cluster: ElasticsearchCluster;
}

/**
 * Start a cluster of one node that keeps what is valid and answers everything else as the server does.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import elasticsearch from '@telemetryflow/exporter-elasticsearch';
 * import {
 *   type BulkDocument,
 *   type DocumentRefusal,
 *   type ElasticsearchRules,
 *   type FakeElasticsearch,
 *   fakeElasticsearch,
 *   logs,
 *   throughPipeline,
 * } from '@telemetryflow/testkit';
 *
 * const full: DocumentRefusal = { status: 400, type: 'illegal_argument_exception', reason: 'limit of fields' };
 * const refuse = ({ action }: BulkDocument): DocumentRefusal | undefined =>
 *   action === 'create' ? full : undefined;
 * const rules: ElasticsearchRules = { refuse };
 * const server: FakeElasticsearch = await fakeElasticsearch(rules);
 * const report = await throughPipeline(elasticsearch, { endpoints: [server.url] }, 'logs', logs(2));
 * await server.close();
 * assert.deepEqual([report.dropped, server.cluster.stored], [2, []]);
 * ```
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import elasticsearch from '@telemetryflow/exporter-elasticsearch';
 * import {
 *   type ElasticsearchOtlpItem,
 *   type ElasticsearchOtlpRefusal,
 *   fakeElasticsearch,
 *   logs,
 *   throughPipeline,
 * } from '@telemetryflow/testkit';
 *
 * const odd: ElasticsearchOtlpRefusal = { status: 'BAD_REQUEST', reason: 'failed to parse field [n]' };
 * const refuseOtlp = ({ id }: ElasticsearchOtlpItem): ElasticsearchOtlpRefusal | undefined =>
 *   id === 'item-1' ? odd : undefined;
 * const server = await fakeElasticsearch({ version: '9.5.0', refuseOtlp });
 * const block = { endpoints: [server.url], protocol: 'otlp' };
 * const report = await throughPipeline(elasticsearch, block, 'logs', logs(3));
 * await server.close();
 * assert.deepEqual([report.dropped, server.cluster.otlp.map(({ id }) => id)], [1, ['item-0', 'item-2']]);
 * ```
 */
export async function fakeElasticsearch(
  rules: ElasticsearchRules = {},
  options: BackendOptions = {},
): Promise<FakeElasticsearch> {
  const cluster = new ElasticsearchCluster(rules);
  const backend = await startBackend((request) => cluster.answer(request), options);
  return Object.defineProperty(backend, 'cluster', { value: cluster, enumerable: true }) as FakeElasticsearch;
}
