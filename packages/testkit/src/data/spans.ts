/** Makes spans. */
import type { AttributeMap, SpanEventRecord, SpanLinkRecord, SpanRecord } from '@telemetryflow/otlp';
import { attributesFor } from './attributes.ts';
import { contextOf, type DataOptions, hrTime, TEST_RESOURCE, TEST_SCOPE, timeOf } from './resource.ts';

/**
 * `n` finished spans with unique ids, every kind and status, and with parents, events and links.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { spans } from '@telemetryflow/testkit';
 *
 * const [root, child] = spans(2, { variety: 'plain', startMs: Date.now() });
 * assert.equal(root?.parentSpanContext, undefined);
 * assert.equal(child?.parentSpanContext?.spanId, root?.spanContext().spanId);
 * assert.equal(child?.links.length, 1);
 * ```
 */
export function spans(n: number, options: DataOptions = {}): SpanRecord[] {
  const from = options.from ?? 0;
  return Array.from({ length: n }, (_, i) => span(from + i, options));
}

function span(index: number, options: DataOptions): SpanRecord {
  const context = contextOf(index);
  const startMs = timeOf(options, index);
  const durationMs = 1 + (index % 250);
  const attributes = attributesFor(options.variety ?? 'all', index);
  return {
    name: `operation ${index % 8}`,
    kind: index % 5,
    spanContext: () => context,
    ...(index % 10 === 0 ? {} : { parentSpanContext: contextOf(index - (index % 10)) }),
    startTime: hrTime(startMs, 123),
    endTime: hrTime(startMs + durationMs, 123),
    status: statusOf(index),
    attributes,
    links: index % 4 === 1 ? [linkTo(index + 1_000_000, attributes)] : [],
    events: index % 3 === 0 ? eventsOf(index, startMs, attributes) : [],
    duration: hrTime(durationMs),
    ended: true,
    resource: options.resource ?? TEST_RESOURCE,
    instrumentationScope: TEST_SCOPE,
    droppedAttributesCount: index % 11 === 0 ? 2 : 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function statusOf(index: number): SpanRecord['status'] {
  const code = index % 3;
  return code === 2 ? { code, message: 'connection refused' } : { code };
}

function linkTo(index: number, attributes: AttributeMap): SpanLinkRecord {
  return {
    context: { ...contextOf(index), isRemote: true, traceState: { serialize: () => 'vendor=value,other=1' } },
    attributes,
  };
}

function eventsOf(index: number, startMs: number, attributes: AttributeMap): SpanEventRecord[] {
  return [
    { time: hrTime(startMs), name: 'started', attributes },
    {
      time: hrTime(startMs + 1),
      name: 'exception',
      attributes: { 'exception.type': 'Error', 'exception.message': `failure ${index}` },
      droppedAttributesCount: 1,
    },
    { time: hrTime(startMs + 1), name: '' },
  ];
}
