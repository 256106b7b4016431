/** Load averages from /proc/loadavg. */
import type { Measurement, Scraper } from '../measurement.ts';
import { column } from './fields.ts';

const SPANS = ['1m', '5m', '15m'];

export function loadScraper(): Scraper {
  return {
    async scrape(machine) {
      const row = (await machine.read('/proc/loadavg')).trim().split(/\s+/);
      return SPANS.map(
        (span, i): Measurement => ({
          name: `system.cpu.load_average.${span}`,
          unit: '{thread}',
          description: `Average number of runnable and waiting threads over ${span}.`,
          kind: 'gauge',
          type: 'double',
          readings: [{ value: column(row, i), attributes: {} }],
        }),
      );
    },
  };
}
