/** A strict CloudWatch: metrics and logs by AWS JSON, refusing what the service refuses, and knowing what it took. */
import type { Answer } from '../backend/answer.ts';
import { type Backend, type BackendOptions, startBackend } from '../backend/http-backend.ts';
import type { RecordedRequest } from '../backend/request.ts';
import { FAKE_EPOCH } from '../clock.ts';
import type { BackendProfile } from '../contract/options.ts';
import { ITEM_ID } from '../data/attributes.ts';
import {
  type CloudwatchDatum,
  type CloudwatchEvent,
  checkPlace,
  cloudwatchDatums,
  cloudwatchEvents,
  entityError,
  refusedEntity,
  rejectedLogEvents,
} from './cloudwatch-rules.ts';

const METRICS = 'GraniteServiceVersion20100801.';
const LOGS = 'Logs_20140328.';

/**
 * The operation of a request, as `PutMetricData`; throws a sentence about what is no request of AWS JSON.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import cloudwatch from '@telemetryflow/exporter-cloudwatch';
 * import { cloudwatchOperation, metrics, startBackend, throughPipeline } from '@telemetryflow/testkit';
 *
 * const backend = await startBackend({ body: {} });
 * const keys = { access_key_id: 'AKIAIOSFODNN7EXAMPLE', secret_access_key: 'secret' };
 * const block = { region: 'eu-west-1', endpoint_override: backend.url, ...keys };
 * await throughPipeline(cloudwatch, block, 'metrics', metrics(1, { variety: 'plain', startMs: Date.now() }));
 * await backend.close();
 * assert.deepEqual(backend.requests.map(cloudwatchOperation), ['PutMetricData']);
 * ```
 */
export function cloudwatchOperation(request: RecordedRequest): string {
  const target = String(request.headers['x-amz-target'] ?? '');
  const type = request.headers['content-type'];
  const isMetrics = target.startsWith(METRICS);
  if (request.method !== 'POST' || request.path !== '/')
    throw new Error(`${request.method} ${request.path} is not POST /.`);
  if (!isMetrics && !target.startsWith(LOGS)) throw new Error(`The target ${target} is unknown.`);
  const expected = `application/x-amz-json-1.${isMetrics ? 0 : 1}`;
  if (type !== expected) throw new Error(`The content type ${type} is not ${expected}.`);
  const scope = `/${isMetrics ? 'monitoring' : 'logs'}/aws4_request`;
  if (
    !request.headers.authorization?.startsWith('AWS4-HMAC-SHA256 ') ||
    !request.headers.authorization.includes(scope)
  ) {
    throw new Error('The request is not signed for this service.');
  }
  return target.slice(target.indexOf('.') + 1);
}

/**
 * An error as the service answers it: CloudWatch names it in a header, CloudWatch Logs in the body.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { cloudwatchError, startBackend } from '@telemetryflow/testkit';
 *
 * const backend = await startBackend((request) => cloudwatchError(request, 400, 'ThrottlingException'));
 * const headers = { 'x-amz-target': 'Logs_20140328.PutLogEvents' };
 * const answer = await fetch(backend.url, { method: 'POST', headers });
 * assert.deepEqual(await answer.json(), { __type: 'ThrottlingException', message: 'refused' });
 * await backend.close();
 * ```
 */
export function cloudwatchError(request: RecordedRequest, status: number, name: string, message = 'refused'): Answer {
  const isMetrics = String(request.headers['x-amz-target'] ?? '').startsWith(METRICS);
  return json(request, status, { __type: name, message }, isMetrics ? { 'x-amzn-query-error': `${name};Sender` } : {});
}

function json(request: RecordedRequest, status: number, body: object, headers: Record<string, string> = {}): Answer {
  const type = String(request.headers['content-type'] ?? 'application/x-amz-json-1.1');
  return { status, headers: { 'content-type': type, ...headers }, body: JSON.stringify(body) };
}

/** Ids of the items in a request; a log event holds that of its attributes, a datum that of its dimensions. */
function idsOf(request: RecordedRequest): string[] {
  switch (cloudwatchOperation(request)) {
    case 'PutMetricData':
      return cloudwatchDatums(request.text(), FAKE_EPOCH).map((datum) => idOfDatum(datum) ?? 'datum without id');
    case 'PutLogEvents':
      return cloudwatchEvents(request.text()).events.map(idOfEvent);
    default:
      return [];
  }
}

function idOfDatum({ Dimensions = [] }: CloudwatchDatum): string | undefined {
  return Dimensions.find(({ Name }) => Name === ITEM_ID)?.Value;
}

function idOfEvent({ message }: CloudwatchEvent): string {
  const { attributes } = JSON.parse(message) as { attributes?: Record<string, unknown> };
  return String(attributes?.[ITEM_ID] ?? 'event without id');
}

/**
 * How CloudWatch answers about metrics, for `exporterContract` and `runFaultMatrix`: all of a request, or nothing.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import cloudwatch from '@telemetryflow/exporter-cloudwatch';
 * import { CLOUDWATCH_METRICS_PROFILE, runFaultMatrix } from '@telemetryflow/testkit';
 *
 * const keys = { access_key_id: 'AKIAIOSFODNN7EXAMPLE', secret_access_key: 'secret' };
 * const [cell] = await runFaultMatrix({
 *   definition: cloudwatch,
 *   config: ({ url }) => ({ region: 'eu-west-1', endpoint_override: url, ...keys }),
 *   backend: CLOUDWATCH_METRICS_PROFILE,
 *   signal: 'metrics',
 *   phases: ['response_headers'],
 *   faults: ['reset'],
 * });
 * assert.equal(cell?.outcome, 'retried');
 * ```
 */
export const CLOUDWATCH_METRICS_PROFILE: BackendProfile = {
  decode: idsOf,
  success: (request) => json(request, 200, {}),
  transient: (request) => cloudwatchError(request, 500, 'InternalServiceFault'),
  permanent: (request) => cloudwatchError(request, 400, 'ValidationError'),
  throttle(request, delayMs) {
    const answer = cloudwatchError(request, 400, 'Throttling', 'Rate exceeded');
    if (delayMs === 0) return answer;
    return { ...answer, headers: { ...answer.headers, 'retry-after': String(delayMs / 1000) } };
  },
  auth: (request) => cloudwatchError(request, 403, 'InvalidClientTokenId'),
  tooLarge: () => ({ status: 413 }),
};

/**
 * How CloudWatch Logs answers. Refused events lie at either end of a request: the service cannot name others.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import cloudwatch from '@telemetryflow/exporter-cloudwatch';
 * import { CLOUDWATCH_LOGS_PROFILE, exporterContract } from '@telemetryflow/testkit';
 *
 * const keys = { access_key_id: 'AKIAIOSFODNN7EXAMPLE', secret_access_key: 'secret' };
 * const [first] = exporterContract({
 *   definition: cloudwatch,
 *   config: ({ url }) => ({ region: 'eu-west-1', endpoint_override: url, ...keys }),
 *   backend: CLOUDWATCH_LOGS_PROFILE,
 *   signals: ['logs'],
 * });
 * await first?.run();
 * assert.match(first?.name ?? '', /delivers every item exactly once/);
 * ```
 */
export const CLOUDWATCH_LOGS_PROFILE: BackendProfile = {
  ...CLOUDWATCH_METRICS_PROFILE,
  permanent: (request) => cloudwatchError(request, 400, 'ValidationException'),
  throttle(request, delayMs) {
    const answer = cloudwatchError(request, 400, 'ThrottlingException', 'Rate exceeded');
    if (delayMs === 0) return answer;
    return { ...answer, headers: { ...answer.headers, 'retry-after': String(delayMs / 1000) } };
  },
  auth: (request) => cloudwatchError(request, 400, 'UnrecognizedClientException'),
};

/** A running {@link fakeCloudwatch}. */
export interface FakeCloudwatch extends Backend {
  /** Datums taken so far, in order of arrival. */
  readonly datums: readonly CloudwatchDatum[];
  /** Events taken so far, by group and stream. */
  events(group: string, stream: string): readonly CloudwatchEvent[];
  /** Days set by PutRetentionPolicy, by group. */
  readonly retention: ReadonlyMap<string, number>;
}

/**
 * Start a CloudWatch without groups and streams, whose clock stands at `nowMs`.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import cloudwatch from '@telemetryflow/exporter-cloudwatch';
 * import {
 *   type CloudwatchEvent,
 *   type FakeCloudwatch,
 *   fakeCloudwatch,
 *   logs,
 *   throughPipeline,
 * } from '@telemetryflow/testkit';
 *
 * const service: FakeCloudwatch = await fakeCloudwatch(Date.now);
 * const keys = { access_key_id: 'AKIAIOSFODNN7EXAMPLE', secret_access_key: 'secret' };
 * const place = { endpoint_override: service.url, log_group: '/shop', log_stream: 'web-1' };
 * const block = { region: 'eu-west-1', ...keys, ...place };
 * await throughPipeline(cloudwatch, block, 'logs', logs(2, { variety: 'plain', startMs: Date.now() }));
 * await service.close();
 * const events: readonly CloudwatchEvent[] = service.events('/shop', 'web-1');
 * assert.equal(events.length, 2);
 * ```
 */
export async function fakeCloudwatch(nowMs: () => number, options: BackendOptions = {}): Promise<FakeCloudwatch> {
  const service = new Service(nowMs);
  const backend = await startBackend((request) => service.answer(request), options);
  return Object.defineProperties(backend, {
    datums: { value: service.datums, enumerable: true },
    retention: { value: service.retention, enumerable: true },
    events: { value: (group: string, stream: string) => service.groups.get(group)?.get(stream) ?? [] },
  }) as FakeCloudwatch;
}

class Service {
  readonly datums: CloudwatchDatum[] = [];
  readonly groups = new Map<string, Map<string, CloudwatchEvent[]>>();
  readonly retention = new Map<string, number>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  answer(request: RecordedRequest): Answer {
    try {
      const operation = cloudwatchOperation(request);
      if (operation === 'PutMetricData') {
        this.datums.push(...cloudwatchDatums(request.text(), this.#nowMs()));
        const refused = refusedEntity(request.text());
        return json(request, 200, {}, refused === undefined ? {} : { 'x-amzn-failure-message': refused });
      }
      return operation === 'PutLogEvents' ? this.#put(request) : this.#create(request, operation);
    } catch (error) {
      const isMetrics = request.headers['x-amz-target']?.toString().startsWith(METRICS) === true;
      const name = isMetrics ? 'InvalidParameterValue' : 'InvalidParameterException';
      return cloudwatchError(request, 400, name, error instanceof Error ? error.message : String(error));
    }
  }

  #put(request: RecordedRequest): Answer {
    const { group, stream, events, entity } = cloudwatchEvents(request.text());
    const stored = this.groups.get(group)?.get(stream);
    if (stored === undefined)
      return cloudwatchError(request, 400, 'ResourceNotFoundException', 'There is no such stream.');
    const info = rejectedLogEvents(events, this.#nowMs());
    stored.push(...events.slice(info?.tooOldLogEventEndIndex ?? 0, info?.tooNewLogEventStartIndex ?? events.length));
    const errorType = entity === undefined ? undefined : entityError(entity.keyAttributes);
    return json(request, 200, {
      ...(info !== undefined && { rejectedLogEventsInfo: info }),
      ...(errorType !== undefined && { rejectedEntityInfo: { errorType } }),
    });
  }

  #create(request: RecordedRequest, operation: string): Answer {
    const { logGroupName: group, logStreamName: stream, retentionInDays } = request.json() as Record<string, string>;
    checkPlace(group, stream);
    const streams = this.groups.get(String(group));
    if (operation === 'CreateLogGroup') {
      if (streams !== undefined) return cloudwatchError(request, 400, 'ResourceAlreadyExistsException');
      this.groups.set(String(group), new Map());
      return json(request, 200, {});
    }
    if (streams === undefined)
      return cloudwatchError(request, 400, 'ResourceNotFoundException', 'There is no such group.');
    if (operation === 'PutRetentionPolicy') this.retention.set(String(group), Number(retentionInDays));
    else if (operation !== 'CreateLogStream') throw new Error(`${operation} is not known here.`);
    else if (streams.has(String(stream))) return cloudwatchError(request, 400, 'ResourceAlreadyExistsException');
    else streams.set(String(stream), []);
    return json(request, 200, {});
  }
}
