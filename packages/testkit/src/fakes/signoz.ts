/**
 * A strict SigNoz: an OTLP Collector that compares its key header, and knows what its pipeline behind would leave out
 * without a word.
 */
import {
  DataPointType,
  decode,
  hrTimeIsZero,
  hrTimeToMillis,
  type MetricRecord,
  type RecordOf,
  type Signal,
} from '@telemetryflow/otlp';
import type { Answer } from '../backend/answer.ts';
import type { BackendOptions } from '../backend/http-backend.ts';
import type { RecordedRequest } from '../backend/request.ts';
import { FAKE_EPOCH } from '../clock.ts';
import type { BackendProfile } from '../contract/options.ts';
import { ITEM_ID } from '../data/attributes.ts';
import { type FakeOtlp, fakeOtlp, otlpBody, otlpFailure, otlpProfile, otlpSignal } from './otlp.ts';

/** What can be set in an installation. */
export interface SignozRules {
  /** The ingestion key; default: none is demanded. */
  readonly key?: string;
  /** Default `signoz-ingestion-key`. */
  readonly header?: string;
  /** Stores exponential histograms, as no installation does by itself. Default false. */
  readonly exponentialHistograms?: boolean;
  /** The server's clock in ms since the epoch; default: where `fakeClock` starts. */
  readonly now?: () => number;
}

const MAX_AGE_MS = 15 * 24 * 3_600_000;

function refusalOf(
  request: RecordedRequest,
  { key, header = 'signoz-ingestion-key' }: SignozRules,
): Answer | undefined {
  if (!/^\/v1\/(traces|metrics|logs)$/.test(request.path)) return { status: 404, body: '404 page not found' };
  const given = request.headers[header];
  if (key === undefined || given === key) return undefined;
  const message =
    given === undefined
      ? `missing or empty authorization header: ${header}`
      : 'provided authorization does not match expected scheme or token';
  return otlpFailure(request, 401, message, 16);
}

/** The ids of the items of a request that SigNoz answers 200 to and does not store. */
function skippedBy(request: RecordedRequest, { now = () => FAKE_EPOCH, exponentialHistograms }: SignozRules): string[] {
  const signal = otlpSignal(request);
  const records = decode(signal, otlpBody(request)) as readonly RecordOf[Signal][];
  const oldest = now() - MAX_AGE_MS;
  return records.flatMap((record) => {
    if ('scopeMetrics' in record) {
      return record.scopeMetrics.flatMap(({ metrics }) =>
        metrics.flatMap((metric) => skippedPoints(metric, exponentialHistograms === true)),
      );
    }
    const at = 'startTime' in record ? record.startTime : record.hrTime;
    const old = !hrTimeIsZero(at) && hrTimeToMillis(at) < oldest;
    return old ? [String(record.attributes[ITEM_ID])] : [];
  });
}

function skippedPoints({ dataPointType, dataPoints }: MetricRecord, exponential: boolean): string[] {
  const whole = dataPointType === DataPointType.EXPONENTIAL_HISTOGRAM && !exponential;
  return dataPoints
    .filter(({ value }) => whole || [value, ...Object.values(Object(value))].some((each) => Number.isNaN(each)))
    .map(({ attributes }) => String(attributes[ITEM_ID]));
}

/**
 * How SigNoz answers, for `exporterContract` and `runFaultMatrix`.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import signoz from '@telemetryflow/exporter-signoz';
 * import { exporterContract, signozProfile } from '@telemetryflow/testkit';
 *
 * const [first] = exporterContract({
 *   definition: signoz,
 *   config: ({ url }) => ({ endpoint: url, access_token: 'ingestion-key' }),
 *   backend: signozProfile({ key: 'ingestion-key' }),
 * });
 * await first?.run();
 * assert.match(first?.name ?? '', /delivers every item exactly once/);
 * ```
 */
export function signozProfile(rules: SignozRules): BackendProfile {
  return otlpProfile((request) => refusalOf(request, rules));
}

/** A running {@link fakeSignoz}. */
export interface FakeSignoz extends FakeOtlp {
  /** Ids of the items that it has taken and does not store, in order of arrival. */
  readonly skipped: readonly string[];
}

/**
 * Start a SigNoz that takes what is valid and refuses the rest as its Collector does.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import signoz from '@telemetryflow/exporter-signoz';
 * import {
 *   type FakeSignoz,
 *   fakeSignoz,
 *   type SignozRules,
 *   spans,
 *   throughPipeline,
 * } from '@telemetryflow/testkit';
 *
 * const rules: SignozRules = { key: 'ingestion-key', now: Date.now };
 * const server: FakeSignoz = await fakeSignoz(rules);
 * const block = { endpoint: server.url, access_token: 'ingestion-key' };
 * await throughPipeline(signoz, block, 'traces', spans(2, { startMs: Date.now() }));
 * await server.close();
 * assert.deepEqual([server.items.traces, server.skipped], [['item-0', 'item-1'], []]);
 * ```
 */
export async function fakeSignoz(rules: SignozRules = {}, options: BackendOptions = {}): Promise<FakeSignoz> {
  const skipped: string[] = [];
  const gate = (request: RecordedRequest): Answer | undefined => {
    const refused = refusalOf(request, rules);
    if (refused === undefined) skipped.push(...skippedBy(request, rules));
    return refused;
  };
  const backend = await fakeOtlp({ ...options, gate });
  return Object.defineProperty(backend, 'skipped', { value: skipped, enumerable: true }) as FakeSignoz;
}
