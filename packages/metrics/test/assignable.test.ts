import { describe, expect, test } from '@jest/globals';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { type Conversion, createTemporalityConverter, type ResourceMetricsLike } from '@telemetryflow/metrics';
import type { ResourceMetricsRecord } from '@telemetryflow/otlp';

describe('the structural shapes', () => {
  test('take decoded records and SDK objects, and give back the same type', () => {
    const converter = createTemporalityConverter({ target: 'delta' });
    const ofRecords = (records: readonly ResourceMetricsRecord[]): Conversion<ResourceMetricsRecord> =>
      converter.convert(records, 0);
    const ofSdk = (records: readonly ResourceMetrics[]): Conversion<ResourceMetrics> => converter.convert(records, 0);
    const untyped: readonly ResourceMetricsLike[] = [];
    expect([ofRecords([]), ofSdk([]), converter.convert(untyped, 0)]).toEqual([
      { records: [], dropped: [] },
      { records: [], dropped: [] },
      { records: [], dropped: [] },
    ]);
  });
});
