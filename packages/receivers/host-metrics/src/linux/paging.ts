/** Swap usage from /proc/swaps, page faults and swap operations from /proc/vmstat. */
import type { Measurement, Reading, Scraper } from '../measurement.ts';
import { column, keyValues, rows } from './fields.ts';

export function pagingScraper(): Scraper {
  return {
    async scrape(machine) {
      const swaps = rows(await machine.read('/proc/swaps'), 1);
      const vmstat = keyValues(await machine.read('/proc/vmstat'));
      return [...swapUsage(swaps), ...faultsAndOperations(vmstat)];
    },
  };
}

function swapUsage(swaps: readonly string[][]): Measurement[] {
  const usage: Reading[] = [];
  const utilization: Reading[] = [];
  for (const row of swaps) {
    const [size, used] = [column(row, 2) * 1024, column(row, 3) * 1024];
    for (const [state, value] of Object.entries({ used, free: size - used })) {
      const attributes = { 'system.device': row[0] ?? '', 'system.paging.state': state };
      usage.push({ value, attributes });
      if (size > 0) utilization.push({ value: value / size, attributes });
    }
  }
  const measurements: Measurement[] = [
    {
      name: 'system.paging.usage',
      unit: 'By',
      description: 'Swap by device and state.',
      kind: 'updown',
      type: 'int',
      readings: usage,
    },
    {
      name: 'system.paging.utilization',
      unit: '1',
      description: 'Share of swap by state.',
      kind: 'gauge',
      type: 'double',
      readings: utilization,
    },
  ];
  return measurements.filter((m) => m.readings.length > 0);
}

function faultsAndOperations(vmstat: ReadonlyMap<string, number>): Measurement[] {
  const of = (key: string): number => vmstat.get(key) ?? 0;
  const major = of('pgmajfault');
  const direction = (name: string, type: string) => ({
    'system.paging.direction': name,
    'system.paging.fault.type': type,
  });
  return [
    {
      name: 'system.paging.faults',
      unit: '{fault}',
      description: 'Page faults; major ones waited for a device.',
      kind: 'counter',
      type: 'int',
      readings: [
        { value: major, attributes: { 'system.paging.fault.type': 'major' } },
        { value: of('pgfault') - major, attributes: { 'system.paging.fault.type': 'minor' } },
      ],
    },
    {
      name: 'system.paging.operations',
      unit: '{operation}',
      description: 'Pages moved: to and from swap (major), to and from any device (minor).',
      kind: 'counter',
      type: 'int',
      readings: [
        { value: of('pswpin'), attributes: direction('in', 'major') },
        { value: of('pswpout'), attributes: direction('out', 'major') },
        { value: of('pgpgin'), attributes: direction('in', 'minor') },
        { value: of('pgpgout'), attributes: direction('out', 'minor') },
      ],
    },
  ];
}
