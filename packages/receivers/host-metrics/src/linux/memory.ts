/** Memory by state from /proc/meminfo. */
import type { Measurement, Reading, Scraper } from '../measurement.ts';
import { keyValues } from './fields.ts';

export function memoryScraper(): Scraper {
  return {
    async scrape(machine) {
      const info = keyValues(await machine.read('/proc/meminfo'));
      const of = (key: string): number => info.get(key) ?? 0;
      const total = of('MemTotal');
      // Slab that the kernel can give back counts as cached, as `free(1)` does.
      const cached = of('Cached') + of('SReclaimable');
      const used = Math.max(0, total - of('MemFree') - of('Buffers') - cached);
      const states = { used, free: of('MemFree'), buffers: of('Buffers'), cached };
      const usage = Object.entries(states).map(
        ([state, value]): Reading => ({ value, attributes: { 'system.memory.state': state } }),
      );
      const slab = { reclaimable: of('SReclaimable'), unreclaimable: of('SUnreclaim') };
      return [
        bytes('system.memory.usage', 'Memory by state.', usage),
        {
          name: 'system.memory.utilization',
          unit: '1',
          description: 'Share of memory by state.',
          kind: 'gauge',
          type: 'double',
          readings: total === 0 ? [] : usage.map((r) => ({ ...r, value: r.value / total })),
        },
        bytes('system.memory.limit', 'All memory of the machine.', [{ value: total, attributes: {} }]),
        bytes('system.linux.memory.available', 'Memory that new programs can get without swapping.', [
          { value: of('MemAvailable'), attributes: {} },
        ]),
        bytes(
          'system.linux.memory.slab.usage',
          "Memory of the kernel's own objects.",
          Object.entries(slab).map(([state, value]) => ({ value, attributes: { 'linux.memory.slab.state': state } })),
        ),
      ];
    },
  };
}

function bytes(name: string, description: string, readings: readonly Reading[]): Measurement {
  return { name, unit: 'By', description, kind: 'updown', type: 'int', readings };
}
