/**
 * Series identity: one string per timeseries, equal exactly when resource, scope, metric and attributes are.
 * Every text is length-prefixed, so no choice of names and values can make two series collide.
 */
import type { AttributesLike, MetricLike, ScopeMetricsLike } from './points.ts';

/** Deeper values do not tell series apart; it also ends cyclic values. */
const MAX_DEPTH = 32;

function text(value: string): string {
  return `${value.length}:${value}`;
}

function valueKey(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return `s${text(value)}`;
    case 'number':
    case 'bigint':
      return `n${value};`;
    case 'boolean':
      return value ? 't' : 'f';
    case 'object': {
      if (value === null || depth >= MAX_DEPTH) return 'e';
      if (value instanceof Uint8Array) return `b${text(Buffer.from(value).toString('latin1'))}`;
      if (!Array.isArray(value)) return `{${attributesKey(value as AttributesLike, depth + 1)}}`;
      let key = '[';
      for (const item of value) key += valueKey(item, depth + 1);
      return `${key}]`;
    }
    default:
      return 'e';
  }
}

/**
 * The identity of a set of attributes; the order of keys does not matter.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { attributesKey, type AttributesLike } from '@telemetryflow/metrics';
 *
 * const attributes: AttributesLike = { route: '/cart', code: 200 };
 * assert.equal(attributesKey(attributes), attributesKey({ code: 200, route: '/cart' }));
 * assert.notEqual(attributesKey(attributes), attributesKey({ ...attributes, code: '200' }));
 * ```
 */
export function attributesKey(attributes: AttributesLike, depth = 0): string {
  const keys = Object.keys(attributes);
  if (keys.length > 1) keys.sort();
  let key = '';
  for (const name of keys) key += text(name) + valueKey(attributes[name], depth);
  return key;
}

/**
 * The identity of a scope: name, version, attributes.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { scopeKey, type ScopeMetricsLike } from '@telemetryflow/metrics';
 *
 * const scope: ScopeMetricsLike['scope'] = { name: 'http', version: '1.2.3' };
 * assert.equal(scopeKey(scope), scopeKey({ ...scope, attributes: {} }));
 * assert.notEqual(scopeKey(scope), scopeKey({ ...scope, version: '1.3.0' }));
 * ```
 */
export function scopeKey(scope: ScopeMetricsLike['scope']): string {
  const attributes = scope.attributes === undefined ? '' : attributesKey(scope.attributes);
  return text(scope.name) + text(scope.version ?? '') + text(attributes);
}

/**
 * The identity of a metric within its scope: name, unit, type and monotonicity. Temporality is no part of it.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { CUMULATIVE, metricKey, type MetricLike, POINT_TYPE } from '@telemetryflow/metrics';
 *
 * const bytes: MetricLike = {
 *   descriptor: { name: 'size', unit: 'By' },
 *   dataPointType: POINT_TYPE.gauge,
 *   aggregationTemporality: CUMULATIVE,
 *   dataPoints: [],
 * };
 * assert.notEqual(metricKey(bytes), metricKey({ ...bytes, descriptor: { name: 'size', unit: '{page}' } }));
 * ```
 */
export function metricKey(metric: MetricLike): string {
  const kind = `${metric.dataPointType}${metric.isMonotonic === true ? 'm' : '-'}`;
  return text(metric.descriptor.name) + text(metric.descriptor.unit ?? '') + kind;
}
