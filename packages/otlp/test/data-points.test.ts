import { expect, test } from '@jest/globals';
import { itemIds, metrics } from '@telemetryflow/testkit';
import { dataPoints } from '../src/data-points.ts';

test('every data point comes once, numbered as in the batch, with what it belongs to', () => {
  const records = [...metrics(20), ...metrics(5, { from: 20 })];
  const all = [...dataPoints(records)];
  expect(all.map(({ item }) => item)).toEqual(Array.from({ length: 25 }, (_, i) => i));
  expect(all.map(({ point }) => point.attributes['item.id'])).toEqual(itemIds(records));
  for (const { metric, point, scope, resource } of all) {
    expect(metric.dataPoints).toContain(point);
    const owner = records.find(
      (record) => record.resource === resource && record.scopeMetrics[0]?.metrics.includes(metric),
    );
    expect(owner?.scopeMetrics[0]?.scope).toBe(scope);
  }
});
