/** The names of the metrics of each scraper, for the switches of the configuration. */
import type { ScraperName } from './scrapers.ts';

export const METRIC_NAMES: Readonly<Record<ScraperName, readonly string[]>> = {
  cpu: ['system.cpu.time', 'system.cpu.utilization', 'system.cpu.logical.count', 'system.cpu.physical.count'],
  load: ['system.cpu.load_average.1m', 'system.cpu.load_average.5m', 'system.cpu.load_average.15m'],
  memory: [
    'system.memory.usage',
    'system.memory.utilization',
    'system.memory.limit',
    'system.linux.memory.available',
    'system.linux.memory.slab.usage',
  ],
  paging: ['system.paging.usage', 'system.paging.utilization', 'system.paging.faults', 'system.paging.operations'],
  disk: [
    'system.disk.io',
    'system.disk.operations',
    'system.disk.merged',
    'system.disk.operation_time',
    'system.disk.io_time',
    'system.disk.weighted_io_time',
    'system.disk.pending_operations',
  ],
  filesystem: [
    'system.filesystem.usage',
    'system.filesystem.utilization',
    'system.filesystem.limit',
    'system.filesystem.inodes.usage',
  ],
  network: [
    'system.network.io',
    'system.network.packet.count',
    'system.network.errors',
    'system.network.packet.dropped',
    'system.network.connection.count',
  ],
  processes: ['system.process.count', 'system.process.created'],
};
