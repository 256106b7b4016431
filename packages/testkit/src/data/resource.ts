/** Resources, scopes, times and ids that the data makers share. */
import type { HrTime, ResourceRecord, ScopeRecord, SpanContextRecord } from '@telemetryflow/otlp';
import { FAKE_EPOCH } from '../clock.ts';
import type { Variety } from './attributes.ts';

/** What a data maker makes. */
export interface DataOptions {
  /** Default `all`. */
  readonly variety?: Variety;
  /** Number of the first item, so that several batches share no ids. Default 0. */
  readonly from?: number;
  /** Time of the first item in ms since the epoch; each later one is 1 ms younger. Default: where `fakeClock` starts. */
  readonly startMs?: number;
  /** Default: a service `shop` with a few resource attributes. */
  readonly resource?: ResourceRecord;
}

/**
 * The resource that made data has unless a test names another.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { logs, TEST_RESOURCE } from '@telemetryflow/testkit';
 *
 * const cart = { attributes: { ...TEST_RESOURCE.attributes, 'service.name': 'cart' } };
 * assert.equal(logs(1)[0]?.resource, TEST_RESOURCE);
 * assert.equal(logs(1, { resource: cart })[0]?.resource.attributes['service.name'], 'cart');
 * ```
 */
export const TEST_RESOURCE: ResourceRecord = {
  attributes: {
    'service.name': 'shop',
    'service.namespace': 'testkit',
    'service.instance.id': '627cc493-f310-47de-96bd-71410b7dec09',
    'host.name': 'host-1',
    'deployment.environment.name': 'test',
  },
};

/**
 * The instrumentation scope of made data.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { spans, TEST_SCOPE } from '@telemetryflow/testkit';
 *
 * assert.equal(spans(1)[0]?.instrumentationScope, TEST_SCOPE);
 * assert.equal(TEST_SCOPE.name, 'testkit');
 * ```
 */
export const TEST_SCOPE: ScopeRecord = { name: 'testkit', version: '1.0.0' };

/**
 * Milliseconds (fraction allowed) as seconds and nanoseconds, with `nanos` more.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { hrTime } from '@telemetryflow/testkit';
 *
 * assert.deepEqual(hrTime(1500), [1, 500_000_000]);
 * assert.deepEqual(hrTime(1500, 7), [1, 500_000_007]);
 * ```
 */
export function hrTime(ms: number, nanos = 0): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6) + nanos];
}

/**
 * When item `index` happened, in ms since the epoch.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type DataOptions, hrTime, spans, timeOf } from '@telemetryflow/testkit';
 *
 * const options: DataOptions = { startMs: Date.UTC(2030, 0, 1) };
 * assert.equal(timeOf(options, 2), Date.UTC(2030, 0, 1) + 2);
 * assert.deepEqual(spans(3, options)[2]?.startTime, hrTime(timeOf(options, 2), 123));
 * ```
 */
export function timeOf(options: DataOptions, index: number): number {
  return (options.startMs ?? FAKE_EPOCH) + index;
}

/** 32 hex digits, never all zero, distinct per number. */
export function traceIdOf(index: number): string {
  return `5b8efff798038103${(index + 1).toString(16).padStart(16, '0')}`;
}

/** 16 hex digits, never all zero, distinct per number. */
export function spanIdOf(index: number): string {
  return `ee${(index + 1).toString(16).padStart(14, '0')}`;
}

/**
 * A sampled span context; ten spans share one trace.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { contextOf, spans } from '@telemetryflow/testkit';
 *
 * assert.deepEqual(spans(1)[0]?.spanContext(), contextOf(0));
 * assert.equal(contextOf(9).traceId, contextOf(0).traceId);
 * assert.notEqual(contextOf(10).traceId, contextOf(0).traceId);
 * ```
 */
export function contextOf(index: number): SpanContextRecord {
  return { traceId: traceIdOf(Math.floor(index / 10)), spanId: spanIdOf(index), traceFlags: 1 };
}
