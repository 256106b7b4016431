/** Disk traffic from /proc/diskstats. */
import type { Machine, Measurement, Reading, Scraper } from '../measurement.ts';
import { column, rows } from './fields.ts';

/** The kernel counts in sectors of 512 bytes, whatever the device's own. */
const SECTOR_BYTES = 512;

const READ = { 'disk.io.direction': 'read' };
const WRITE = { 'disk.io.direction': 'write' };

export function diskScraper(selected: (device: string) => boolean): Scraper {
  return {
    async scrape(machine: Machine) {
      const devices = rows(await machine.read('/proc/diskstats')).filter(
        (row) => row.length >= 14 && wasUsed(row) && selected(row[2] ?? ''),
      );
      const both = (read: number, write: number, scale = 1): Reading[] =>
        devices.flatMap((row) => {
          const device = { 'system.device': row[2] ?? '' };
          return [
            { value: column(row, read) * scale, attributes: { ...device, ...READ } },
            { value: column(row, write) * scale, attributes: { ...device, ...WRITE } },
          ];
        });
      const one = (index: number, scale = 1): Reading[] =>
        devices.map((row) => ({ value: column(row, index) * scale, attributes: { 'system.device': row[2] ?? '' } }));
      return [
        counter('system.disk.io', 'By', 'Bytes read and written.', 'int', both(5, 9, SECTOR_BYTES)),
        counter('system.disk.operations', '{operation}', 'Reads and writes.', 'int', both(3, 7)),
        counter('system.disk.merged', '{operation}', 'Operations merged into others.', 'int', both(4, 8)),
        counter('system.disk.operation_time', 's', 'Sum of the time each operation took.', 'double', both(6, 10, 1e-3)),
        counter('system.disk.io_time', 's', 'Time the device was busy.', 'double', one(12, 1e-3)),
        counter(
          'system.disk.weighted_io_time',
          's',
          'Busy time, weighted by operations waiting.',
          'double',
          one(13, 1e-3),
        ),
        {
          name: 'system.disk.pending_operations',
          unit: '{operation}',
          description: 'Operations in progress.',
          kind: 'updown',
          type: 'int',
          readings: one(11),
        },
      ];
    },
  };
}

/** Loop devices and the like that never did anything would be ten series each. */
function wasUsed(row: readonly string[]): boolean {
  return row.slice(3).some((value) => value !== '0');
}

function counter(
  name: string,
  unit: string,
  description: string,
  type: 'int' | 'double',
  readings: readonly Reading[],
): Measurement {
  return { name, unit, description, kind: 'counter', type, readings };
}
