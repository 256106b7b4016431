/** Strict OTLP endpoints of AWS (CloudWatch metrics and logs, X-Ray): they check signatures, and refuse whole requests. */
import { decode, type RecordOf, type Signal } from '@telemetryflow/otlp';
import type { Answer } from '../backend/answer.ts';
import { type Backend, type BackendOptions, startBackend } from '../backend/http-backend.ts';
import type { RecordedRequest } from '../backend/request.ts';
import type { BackendProfile } from '../contract/options.ts';
import { OTLP_PROFILE, otlpBody, otlpFailure, otlpProfile, otlpSignal } from './otlp.ts';
import { eachField } from './protobuf-fields.ts';
import { awsSignature } from './sigv4.ts';

/** The key pair of the documentation of AWS, which the profile and the fake know. */
const SECRETS: Readonly<Record<string, string>> = { AKIAIOSFODNN7EXAMPLE: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' };
const SERVICES: Readonly<Record<Signal, string>> = { metrics: 'monitoring', logs: 'logs', traces: 'xray' };
const MAX_SKEW_MS = 5 * 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MAX_BYTES: Readonly<Record<Signal, number>> = { traces: 5 * 1024 * 1024, logs: 1_048_576, metrics: 1_048_576 };
const MAX_ITEMS = 10_000;
const GROUP = /^(?!aws\/)[A-Za-z0-9_\-/.#]{1,512}$/;
const STREAM = /^[^:*]{1,512}$/;

/** What {@link fakeCloudwatchOtlp} knows. */
export interface FakeCloudwatchOtlpOptions extends BackendOptions {
  /** The clock of the service. */
  readonly now: () => number;
  /** The API key that is taken instead of a signature; without it none is. */
  readonly token?: string;
  /** Groups and streams that exist, as `group:stream`; without it all do. */
  readonly streams?: readonly string[];
}

/** A running {@link fakeCloudwatchOtlp}. */
export interface FakeCloudwatchOtlp extends Backend {
  /** What was taken so far, in order of arrival. */
  readonly taken: { readonly [S in Signal]: readonly RecordOf[S][] };
  /** For each request with logs that was taken: where they went, as `group:stream`. */
  readonly places: readonly string[];
}

/**
 * How these endpoints answer, for `exporterContract` and `runFaultMatrix`: whoever signs wrongly gets 403.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import cloudwatch from '@telemetryflow/exporter-cloudwatch';
 * import { CLOUDWATCH_OTLP_PROFILE, exporterContract } from '@telemetryflow/testkit';
 *
 * const access_key_id = 'AKIAIOSFODNN7EXAMPLE';
 * const secret_access_key = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
 * const keys = { access_key_id, secret_access_key };
 * const [first] = exporterContract({
 *   definition: cloudwatch,
 *   config: ({ url }) => ({ region: 'eu-west-1', endpoint_override: url, traces: true, ...keys }),
 *   backend: CLOUDWATCH_OTLP_PROFILE,
 *   signals: ['traces'],
 * });
 * await first?.run();
 * assert.match(first?.name ?? '', /delivers every item exactly once/);
 * ```
 */
export const CLOUDWATCH_OTLP_PROFILE: BackendProfile = {
  ...otlpProfile((request) => refusedAt(request, () => checkAccess(request, undefined), 403)),
  /** Names of groups and streams hold what telemetry says, as long as it is harmless. */
  address: ({ method, path, headers }) =>
    [
      `${method} ${path}`,
      ...Object.entries(headers)
        .filter(isAddress)
        .map((each) => each.join(': ')),
    ].join('\n'),
  auth: (request) => otlpFailure(request, 403, 'UnrecognizedClientException: The security token is invalid.'),
  throttle(request, delayMs) {
    const refusal = otlpFailure(request, 400, 'ThrottlingException: Rate exceeded');
    if (delayMs === 0) return refusal;
    return { ...refusal, headers: { ...refusal.headers, 'retry-after': String(delayMs / 1000) } };
  },
  transient: (request) => otlpFailure(request, 503, 'ServiceUnavailableException'),
};

/**
 * Start them, for any region. They know the key pair that the documentation of AWS uses.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import cloudwatch from '@telemetryflow/exporter-cloudwatch';
 * import {
 *   type FakeCloudwatchOtlp,
 *   type FakeCloudwatchOtlpOptions,
 *   fakeCloudwatchOtlp,
 *   logs,
 *   throughPipeline,
 * } from '@telemetryflow/testkit';
 *
 * const options: FakeCloudwatchOtlpOptions = { now: Date.now, streams: ['/shop:web-1'], token: 'ACWL-4711' };
 * const service: FakeCloudwatchOtlp = await fakeCloudwatchOtlp(options);
 * const place = { log_group: '/shop', log_stream: 'web-1' };
 * const access = { region: 'eu-west-1', endpoint_override: service.url, bearer_token: 'ACWL-4711' };
 * const records = logs(2, { variety: 'plain', startMs: Date.now() });
 * await throughPipeline(cloudwatch, { ...access, ...place, logs_protocol: 'otlp' }, 'logs', records);
 * await service.close();
 * assert.deepEqual([service.taken.logs.length, service.places], [2, ['/shop:web-1']]);
 * ```
 */
export async function fakeCloudwatchOtlp(options: FakeCloudwatchOtlpOptions): Promise<FakeCloudwatchOtlp> {
  const { now, token, streams, ...rest } = options;
  const taken = { traces: [], metrics: [], logs: [] } as { [S in Signal]: RecordOf[S][] };
  const places: string[] = [];
  const answer = (request: RecordedRequest): Answer => {
    const access = refusedAt(request, () => checkAccess(request, token, now()), 403);
    if (access !== undefined) return access;
    const refusal = refusedAt(request, () => {
      const signal = otlpSignal(request);
      checkRules(signal, request, now());
      if (signal === 'logs') {
        const place = placeOf(request);
        if (streams?.includes(place) === false) throw new Error('ResourceNotFoundException: there is no such stream.');
        places.push(place);
      }
      (taken[signal] as unknown[]).push(...decode(signal, otlpBody(request)));
    });
    return refusal ?? OTLP_PROFILE.success(request);
  };
  const backend = await startBackend(answer, rest);
  return Object.defineProperties(backend, {
    taken: { value: taken, enumerable: true },
    places: { value: places, enumerable: true },
  }) as FakeCloudwatchOtlp;
}

function isAddress([name, value]: readonly [string, unknown]): boolean {
  return !name.startsWith('x-aws-log-') || !/^[A-Za-z0-9_.#/-]+$/.test(String(value)) || String(value).includes('../');
}

function refusedAt(request: RecordedRequest, check: () => void, status = 400): Answer | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return otlpFailure(request, status, message);
  }
}

/** A signature for the service of the path, or the API key. `nowMs`: the clock that the signature must agree with. */
function checkAccess(request: RecordedRequest, token: string | undefined, nowMs?: number): void {
  const signal = otlpSignal(request);
  if (request.headers.authorization?.startsWith('Bearer ') === true) {
    if (token === undefined || request.headers.authorization !== `Bearer ${token}`)
      throw new Error('AccessDeniedException: the API key is unknown.');
  } else {
    const { service, ms } = awsSignature(request, (id) => SECRETS[id]);
    if (service !== SERVICES[signal]) throw new Error(`SignatureDoesNotMatch: ${service} does not take ${signal}.`);
    if (nowMs !== undefined && Math.abs(ms - nowMs) > MAX_SKEW_MS)
      throw new Error('InvalidSignatureException: Signature expired.');
  }
  if (signal === 'logs') placeOf(request);
}

function placeOf(request: RecordedRequest): string {
  const group = String(request.headers['x-aws-log-group'] ?? '');
  const stream = String(request.headers['x-aws-log-stream'] ?? '');
  if (!GROUP.test(group)) throw new Error(`ValidationException: x-aws-log-group is "${group}".`);
  if (!STREAM.test(stream)) throw new Error(`ValidationException: x-aws-log-stream is "${stream}".`);
  return `${group}:${stream}`;
}

/** Field numbers of the times of a span and a log record, and of the attributes of a point by the kind of its metric. */
const SPAN_TIMES = [7, 8] as const;
const LOG_TIME = 1;
const POINT_ATTRIBUTES: readonly (readonly [kind: number, attributes: number])[] = [
  [5, 7],
  [7, 7],
  [9, 9],
  [10, 1],
  [11, 7],
];

/** Each rule fails the whole request. */
function checkRules(signal: Signal, request: RecordedRequest, nowMs: number): void {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  must(encoding === 'gzip' || encoding === 'identity', `The encoding ${encoding} is unknown.`);
  const body = Buffer.from(otlpBody(request));
  must(body.length <= MAX_BYTES[signal], `The request has ${body.length} bytes.`);
  const times: number[] = [];
  let count = 0;
  for (const inResource of fieldsOf(body, 1)) {
    const resource = Buffer.concat(fieldsOf(inResource, 1));
    for (const inScope of fieldsOf(inResource, 2)) {
      const scope = Buffer.concat(fieldsOf(inScope, 1));
      const context = resource.length + scope.length;
      must(signal !== 'traces' || context <= 16 * 1024, `Resource and scope have ${context} bytes.`);
      for (const item of fieldsOf(inScope, 2)) {
        count++;
        if (signal === 'metrics') checkLabels(item, fieldsOf(resource, 1).length + fieldsOf(scope, 3).length);
        else if (signal === 'logs') times.push(timeOf(item, LOG_TIME));
        else {
          must(item.length <= 200 * 1024, `A span has ${item.length} bytes.`);
          const [start, end] = SPAN_TIMES.map((field) => timeOf(item, field));
          must((end ?? 0) <= nowMs + 2 * HOUR_MS, 'A span ends more than two hours ahead.');
          times.push(start ?? 0);
        }
      }
    }
  }
  must(count <= MAX_ITEMS, `The request has ${count} items.`);
  if (times.length === 0) return;
  const oldest = times.reduce((a, b) => Math.min(a, b));
  const newest = times.reduce((a, b) => Math.max(a, b));
  must(oldest >= nowMs - 14 * DAY_MS, 'An item is older than 14 days.');
  must(newest <= nowMs + 2 * HOUR_MS, 'An item is more than two hours ahead.');
  must(newest - oldest <= DAY_MS, 'Items are more than 24 hours apart.');
}

function checkLabels(metric: Buffer, shared: number): void {
  for (const [kind, attributes] of POINT_ATTRIBUTES) {
    for (const point of fieldsOf(metric, kind).flatMap((data) => fieldsOf(data, 1))) {
      const labels = shared + fieldsOf(point, attributes).length;
      must(labels <= 150, `A point has ${labels} labels.`);
    }
  }
}

function fieldsOf(message: Buffer, field: number): Buffer[] {
  const found: Buffer[] = [];
  eachField(message, (number, { bytes }) => {
    if (number === field) found.push(bytes);
  });
  return found;
}

function timeOf(item: Buffer, field: number): number {
  let ms = 0;
  eachField(item, (number, { bits }) => {
    if (number === field) ms = Number(bits) / 1e6;
  });
  return ms;
}

function must(condition: boolean, sentence: string): void {
  if (!condition) throw new Error(`InvalidRequestException: ${sentence}`);
}
