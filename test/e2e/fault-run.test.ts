import { describe, expect, test } from '@jest/globals';
import { soak, soakTypes } from '../soak/fault-run.ts';

describe('20,000 items survive a backend that misbehaves at random', () => {
  test.each(soakTypes())('%s', async (type) => {
    const report = await soak(type, 20_000, 1);
    const dropped = Object.values(report.dropped).reduce<number>((sum, count) => sum + (count ?? 0), 0);
    expect(report.delivered + dropped).toBe(20_000);
    expect(report.duplicates).toBeLessThanOrEqual(report.duplicatesAllowed);
    expect(report.faults['refused in the outage']).toBeGreaterThan(0);
  });
});
