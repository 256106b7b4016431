import { expect, test } from '@jest/globals';
import {
  encode,
  estimateBytes,
  type LogRecord,
  type ResourceMetricsRecord,
  type SpanRecord,
} from '@telemetryflow/otlp';
import { logs, metrics, spans } from '@telemetryflow/testkit';

/** What callers in JavaScript pass where a text belongs. */
const NO_TEXTS = [30, true, null, undefined] as unknown as string[];

test.each(NO_TEXTS)('a severity and an event name of %p have a size, and can be encoded', (text) => {
  const records: LogRecord[] = logs(2, { variety: 'plain' }).map((log) => ({
    ...log,
    severityText: text,
    eventName: text,
  }));
  expect(estimateBytes('logs', records)).toBeGreaterThan(0);
  expect(encode('logs', records).length).toBeGreaterThan(0);
});

test.each(NO_TEXTS)('names of %p have a size, and can be encoded', (text) => {
  const named: SpanRecord[] = spans(1, { variety: 'plain' }).map((span) => ({
    ...span,
    name: text,
    events: [{ name: text, time: [1, 0], attributes: {} }],
    status: { code: 2, message: text },
  }));
  expect(estimateBytes('traces', named)).toBeGreaterThan(0);
  expect(encode('traces', named).length).toBeGreaterThan(0);

  const measured = metrics(1, { variety: 'plain' }).map(({ resource, scopeMetrics }) => ({
    resource,
    scopeMetrics: scopeMetrics.map(({ scope, metrics: all }) => ({
      scope,
      metrics: all.map((metric) => ({
        ...metric,
        descriptor: { ...metric.descriptor, name: text, description: text, unit: text },
      })),
    })),
  })) as ResourceMetricsRecord[];
  expect(estimateBytes('metrics', measured)).toBeGreaterThan(0);
  expect(encode('metrics', measured).length).toBeGreaterThan(0);
});
