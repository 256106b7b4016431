/** Makes log records. */
import type { AttributeValue, LogRecord } from '@telemetryflow/otlp';
import { ALL_VALUE_TYPES, attributesFor, NON_FINITE, ODD_STRINGS, varietyOf } from './attributes.ts';
import { contextOf, type DataOptions, hrTime, TEST_RESOURCE, TEST_SCOPE, timeOf } from './resource.ts';

const SEVERITIES = [
  [9, 'INFO'],
  [5, 'DEBUG'],
  [13, 'WARN'],
  [17, 'ERROR'],
  [1, 'TRACE'],
  [21, 'FATAL'],
  [10, 'notice'],
] as const;

/**
 * `n` log records with unique item ids: every severity, with and without trace context, text and structured bodies, events.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { logs } from '@telemetryflow/testkit';
 *
 * const [first, second] = logs(2, { variety: 'plain' });
 * assert.deepEqual([first?.body, first?.severityText], ['request 0 handled', 'INFO']);
 * assert.deepEqual([second?.body, second?.severityText], ['request 1 handled', 'DEBUG']);
 * ```
 */
export function logs(n: number, options: DataOptions = {}): LogRecord[] {
  const from = options.from ?? 0;
  return Array.from({ length: n }, (_, i) => log(from + i, options));
}

function log(index: number, options: DataOptions): LogRecord {
  const ms = timeOf(options, index);
  const [severityNumber, severityText] = SEVERITIES[index % SEVERITIES.length] ?? SEVERITIES[0];
  return {
    hrTime: hrTime(ms, 456),
    hrTimeObserved: hrTime(ms + 5),
    ...(index % 2 === 0 ? { spanContext: contextOf(index) } : {}),
    severityNumber,
    severityText,
    body: bodyOf(options, index),
    ...(index % 6 === 5 ? { eventName: 'user.login' } : {}),
    resource: options.resource ?? TEST_RESOURCE,
    instrumentationScope: TEST_SCOPE,
    attributes: attributesFor(options.variety ?? 'all', index),
    droppedAttributesCount: index % 11 === 0 ? 3 : 0,
  };
}

function bodyOf(options: DataOptions, index: number): AttributeValue {
  const variety = varietyOf(options.variety ?? 'all', index);
  const round = Math.floor(index / 4);
  switch (variety) {
    case 'plain':
      return `request ${index} handled`;
    case 'types': {
      const values = Object.values(ALL_VALUE_TYPES);
      return values[round % values.length];
    }
    case 'non_finite':
      return NON_FINITE[round % NON_FINITE.length];
    case 'unicode':
      return ODD_STRINGS[round % ODD_STRINGS.length];
  }
}
