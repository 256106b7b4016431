/** Configuration of the host_metrics receiver: the Collector's keys. */
import type { BooleanSchema, FieldSchema, ObjectSchema } from '@telemetryflow/kernel';
import { nameFilterSchema } from './select.ts';

type Switches = Readonly<Record<string, { readonly enabled: boolean }>>;
type Names<K extends string> = { readonly match_type: 'strict' | 'regexp' } & Readonly<Record<K, readonly string[]>>;

export interface ScraperConfig {
  /** Single metrics turned off, by name. */
  readonly metrics?: Switches;
}
interface CpuConfig extends ScraperConfig {
  readonly per_cpu: boolean;
}
interface DiskConfig extends ScraperConfig {
  readonly include?: Names<'devices'>;
  readonly exclude?: Names<'devices'>;
}
interface NetworkConfig extends ScraperConfig {
  readonly include?: Names<'interfaces'>;
  readonly exclude?: Names<'interfaces'>;
}
interface FilesystemConfig extends ScraperConfig {
  readonly include_virtual_filesystems: boolean;
  readonly include_devices?: Names<'devices'>;
  readonly exclude_devices?: Names<'devices'>;
  readonly include_fs_types?: Names<'fs_types'>;
  readonly exclude_fs_types?: Names<'fs_types'>;
  readonly include_mount_points?: Names<'mount_points'>;
  readonly exclude_mount_points?: Names<'mount_points'>;
}

export interface ScrapersConfig {
  readonly cpu?: CpuConfig;
  readonly load?: ScraperConfig;
  readonly memory?: ScraperConfig;
  readonly paging?: ScraperConfig;
  readonly disk?: DiskConfig;
  readonly filesystem?: FilesystemConfig;
  readonly network?: NetworkConfig;
  readonly processes?: ScraperConfig;
}

/** Decoded; durations are milliseconds. */
export interface HostMetricsConfig {
  /** Milliseconds. */
  readonly collection_interval: number;
  /** Milliseconds. */
  readonly initial_delay: number;
  readonly root_path: string;
  readonly scrapers: ScrapersConfig;
}

const metrics: FieldSchema = {
  type: 'object',
  description: 'Single metrics to turn off, as `system.cpu.time: { enabled: false }`.',
  values: {
    type: 'object',
    description: 'Whether the metric is sent.',
    properties: { enabled: { type: 'boolean', default: true, description: 'Whether the metric is sent.' } },
  },
};

function scraper<C>(
  description: string,
  properties: Record<string, FieldSchema> = {},
): ObjectSchema<C> & { description: string } {
  return { type: 'object', description, properties: { ...properties, metrics } } as unknown as ObjectSchema<C> & {
    description: string;
  };
}

const perCpu: BooleanSchema = {
  type: 'boolean',
  default: false,
  description: 'One series per logical CPU (`cpu.logical_number`) instead of their sum.',
};

const scrapers: ObjectSchema<ScrapersConfig> & { description: string } = {
  type: 'object',
  description: 'What to measure; each scraper may be left empty. None given: all of them.',
  present: true,
  properties: {
    cpu: scraper('CPU time, utilization and counts.', { per_cpu: perCpu }),
    load: scraper('Load averages.'),
    memory: scraper('Memory by state.'),
    paging: scraper('Swap, page faults and paging operations.'),
    disk: scraper('Disk traffic.', { include: nameFilterSchema('devices'), exclude: nameFilterSchema('devices') }),
    filesystem: scraper('Space and inodes of filesystems.', {
      include_virtual_filesystems: {
        type: 'boolean',
        default: false,
        description: 'Also filesystems in memory and views of the kernel.',
      },
      include_devices: nameFilterSchema('devices'),
      exclude_devices: nameFilterSchema('devices'),
      include_fs_types: nameFilterSchema('fs_types'),
      exclude_fs_types: nameFilterSchema('fs_types'),
      include_mount_points: nameFilterSchema('mount_points'),
      exclude_mount_points: nameFilterSchema('mount_points'),
    }),
    network: scraper('Traffic per interface and connections by state.', {
      include: nameFilterSchema('interfaces'),
      exclude: nameFilterSchema('interfaces'),
    }),
    processes: scraper('Processes by state, and processes created.'),
  },
};

export const configSchema: ObjectSchema<HostMetricsConfig> = {
  type: 'object',
  properties: {
    collection_interval: {
      type: 'string',
      unit: 'duration',
      default: '10s',
      description: 'Time between two measurements.',
    },
    initial_delay: { type: 'string', unit: 'duration', default: '1s', description: 'Time before the first one.' },
    root_path: {
      type: 'string',
      default: '',
      description: 'Where the root of the measured machine is mounted, in a container (`/hostfs`).',
    },
    scrapers,
  },
};
