/** OTLP at a strict Elasticsearch: what it takes, which data streams that goes to, and how it counts what it refuses. */
import {
  AggregationTemporality,
  type AttributeMap,
  DataPointType,
  decode,
  encodeExportResponse,
  type RecordOf,
  type Signal,
} from '@telemetryflow/otlp';
import type { Answer } from '../backend/answer.ts';
import type { RecordedRequest } from '../backend/request.ts';
import type { BackendProfile } from '../contract/options.ts';
import { ITEM_ID } from '../data/attributes.ts';
import { OTLP_PROFILE, otlpBody, otlpSignal } from './otlp.ts';

/** A record, span or data point as the server took it over OTLP. */
export interface ElasticsearchOtlpItem {
  readonly signal: Signal;
  readonly id: string;
  /** The data stream, or the index that an attribute names. */
  readonly index: string;
  /** Of itself, not of scope and resource. */
  readonly attributes: AttributeMap;
  /** A histogram that counts from the start. */
  readonly cumulativeHistogram: boolean;
}

/** Why an item is not stored: `BAD_REQUEST`, `TOO_MANY_REQUESTS`, and a text that may quote it. */
export interface ElasticsearchOtlpRefusal {
  readonly status: string;
  readonly reason: string;
}

/** What the server is like. */
interface OtlpDoor {
  /** Before 9.5. */
  readonly deltaHistogramsOnly: boolean;
  refuse(item: ElasticsearchOtlpItem): ElasticsearchOtlpRefusal | undefined;
}

/** The answer to a request under `/_otlp`, and what was stored of it. */
export function takeOtlp(
  request: RecordedRequest,
  door: OtlpDoor,
): { readonly answer: Answer; readonly stored: readonly ElasticsearchOtlpItem[] } {
  const type = request.headers['content-type'];
  if (type !== 'application/x-protobuf') {
    return none(
      failure(406, 'media_type_header_exception', `Invalid media-type value on header [Content-Type]: ${type}`),
    );
  }
  const signal = otlpSignal(request);
  if (request.body.length === 0) return none(success(signal));
  let items: readonly ElasticsearchOtlpItem[];
  try {
    items = itemsOf(signal, otlpBody(request));
  } catch (error) {
    return none(failure(400, 'status_exception', `Invalid OTLP protobuf payload: ${(error as Error).message}`));
  }
  const sent = items.filter((item) => !(item.cumulativeHistogram && door.deltaHistogramsOnly));
  const ignored = items.length - sent.length;
  const why = ignored === 0 ? '' : `${ignoredText(ignored)}\n`;
  if (sent.length === 0 && ignored > 0) return none(failure(400, 'status_exception', why));
  const refused = new Map<ElasticsearchOtlpItem, ElasticsearchOtlpRefusal>();
  for (const item of sent) {
    const refusal = door.refuse(item);
    if (refusal !== undefined) refused.set(item, refusal);
  }
  const stored = sent.filter((item) => !refused.has(item));
  const message = `${refusalText(refused)}${why}`;
  if ([...refused.values()].some(({ status }) => status === 'TOO_MANY_REQUESTS')) {
    return { answer: failure(429, 'status_exception', message), stored };
  }
  return { answer: success(signal, refused.size + ignored, message), stored };
}

function none(answer: Answer) {
  return { answer, stored: [] };
}

function ignoredText(count: number): string {
  return `Ignored ${count} data points due to the following reasons:\n - cumulative histogram metrics are not supported`;
}

/** A line per index and status, with the text of one of the documents. */
function refusalText(refused: ReadonlyMap<ElasticsearchOtlpItem, ElasticsearchOtlpRefusal>): string {
  const groups = new Map<string, { count: number; readonly sample: string }>();
  for (const [{ index }, { status, reason }] of refused) {
    const name = `Index [${index}] returned status [${status}]`;
    const group = groups.get(name) ?? { count: 0, sample: reason };
    group.count++;
    groups.set(name, group);
  }
  return [...groups]
    .map(([name, { count, sample }]) => `${name} for ${count} documents. Sample error message: ${sample}\n`)
    .join('');
}

function success(signal: Signal, rejected = 0, message = ''): Answer {
  const body = rejected === 0 ? Buffer.alloc(0) : encodeExportResponse(signal, { rejected, message }, 'proto');
  return { headers: { 'content-type': 'application/x-protobuf' }, body: Buffer.from(body) };
}

function failure(status: number, type: string, reason: string): Answer {
  return { status, body: { error: { root_cause: [{ type, reason }], type, reason }, status } };
}

function itemsOf(signal: Signal, body: Uint8Array): ElasticsearchOtlpItem[] {
  if (signal === 'metrics') return decode('metrics', body).flatMap(pointsOf);
  const records: readonly (RecordOf['logs'] | RecordOf['traces'])[] = decode(signal, body);
  return records.map(({ attributes, instrumentationScope, resource }) =>
    item(signal, [attributes, instrumentationScope.attributes ?? {}, resource.attributes]),
  );
}

function pointsOf({ resource, scopeMetrics }: RecordOf['metrics']): ElasticsearchOtlpItem[] {
  return scopeMetrics.flatMap(({ scope, metrics }) =>
    metrics.flatMap(({ dataPoints, dataPointType, aggregationTemporality }) => {
      const histogram =
        dataPointType === DataPointType.HISTOGRAM || dataPointType === DataPointType.EXPONENTIAL_HISTOGRAM;
      const cumulative = histogram && aggregationTemporality === AggregationTemporality.CUMULATIVE;
      return dataPoints.map(({ attributes }) =>
        item('metrics', [attributes, scope.attributes ?? {}, resource.attributes], cumulative),
      );
    }),
  );
}

function item(signal: Signal, levels: readonly AttributeMap[], cumulativeHistogram = false): ElasticsearchOtlpItem {
  const attributes = levels[0] ?? {};
  const id = attributes[ITEM_ID];
  return {
    signal,
    id: typeof id === 'string' ? id : 'item without id',
    index: targetOf(signal, levels),
    attributes,
    cumulativeHistogram,
  };
}

/** The attributes that choose are looked for in the item, then its scope, then its resource. */
function targetOf(signal: Signal, levels: readonly AttributeMap[]): string {
  const first = (name: string): string | undefined => {
    const found = levels.find((level) => Object.hasOwn(level, name))?.[name];
    return typeof found === 'string' ? found : undefined;
  };
  const own = first('elasticsearch.index');
  if (own !== undefined) return own;
  const dataset = (first('data_stream.dataset') ?? 'generic').toLowerCase().replace(/[\\/*?"<>| ,#:-]/g, '_');
  const namespace = (first('data_stream.namespace') ?? 'default').toLowerCase().replace(/[\\/*?"<>| ,#:]/g, '_');
  return `${signal}-${dataset.slice(0, 95)}.otel-${namespace.slice(0, 100)}`;
}

/**
 * How Elasticsearch answers to OTLP, for `exporterContract` and `runFaultMatrix`.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import elasticsearch from '@telemetryflow/exporter-elasticsearch';
 * import { ELASTICSEARCH_OTLP_PROFILE, exporterContract } from '@telemetryflow/testkit';
 *
 * const [first] = exporterContract({
 *   definition: elasticsearch,
 *   config: ({ url }) => ({ endpoints: [url], protocol: 'otlp' }),
 *   backend: ELASTICSEARCH_OTLP_PROFILE,
 *   signals: ['logs'],
 * });
 * await first?.run();
 * assert.match(first?.name ?? '', /delivers every item exactly once/);
 * ```
 */
export const ELASTICSEARCH_OTLP_PROFILE: BackendProfile = {
  decode(request) {
    if (!request.path.startsWith('/_otlp/v1/')) throw new Error(`${request.path} is not below /_otlp.`);
    return OTLP_PROFILE.decode(request);
  },
  success: (request) => takeOtlp(request, { deltaHistogramsOnly: false, refuse: () => undefined }).answer,
  transient: () => failure(503, 'cluster_block_exception', 'blocked by: [SERVICE_UNAVAILABLE/2/no master];'),
  permanent: (request) => failure(400, 'illegal_argument_exception', `no handler found for uri [${request.path}]`),
  throttle: (_request, delayMs) => ({
    ...failure(429, 'status_exception', 'Index [x] returned status [TOO_MANY_REQUESTS] for 1 documents.'),
    ...(delayMs > 0 && { headers: { 'retry-after': String(delayMs / 1000) } }),
  }),
  partial: (request, refused) =>
    takeOtlp(request, {
      deltaHistogramsOnly: false,
      refuse: ({ id }) =>
        refused.has(id) ? { status: 'BAD_REQUEST', reason: 'failed to parse field [n]' } : undefined,
    }).answer,
  auth: () => failure(401, 'security_exception', 'unable to authenticate user [u] for REST request [/_otlp/v1/logs]'),
  tooLarge: () => ({ status: 413 }),
};
