/** The scrapers a configuration asks for, on this platform. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { ScrapersConfig } from './config.ts';
import { cpuScraper } from './linux/cpu.ts';
import { diskScraper } from './linux/disk.ts';
import { filesystemScraper } from './linux/filesystem.ts';
import { loadScraper } from './linux/load.ts';
import { memoryScraper } from './linux/memory.ts';
import { networkScraper } from './linux/network.ts';
import { pagingScraper } from './linux/paging.ts';
import { processesScraper } from './linux/processes.ts';
import type { Scraper } from './measurement.ts';
import { type NameFilter, selector } from './select.ts';

export type ScraperName = keyof ScrapersConfig;
export const SCRAPERS: readonly ScraperName[] = [
  'cpu',
  'load',
  'memory',
  'paging',
  'disk',
  'filesystem',
  'network',
  'processes',
];

/** Those that are named, or all when none is. */
export function wantedScrapers(config: ScrapersConfig): readonly ScraperName[] {
  const named = SCRAPERS.filter((name) => config[name] !== undefined);
  return named.length === 0 ? SCRAPERS : named;
}

export function linuxScraper(name: ScraperName, config: ScrapersConfig, rootPath: string): Scraper {
  switch (name) {
    case 'cpu':
      return cpuScraper(config.cpu?.per_cpu ?? false);
    case 'load':
      return loadScraper();
    case 'memory':
      return memoryScraper();
    case 'paging':
      return pagingScraper();
    case 'disk':
      return diskScraper(selector(named(config.disk?.include, 'devices'), named(config.disk?.exclude, 'devices')));
    case 'filesystem': {
      const f = config.filesystem;
      return filesystemScraper({
        device: selector(named(f?.include_devices, 'devices'), named(f?.exclude_devices, 'devices')),
        type: selector(named(f?.include_fs_types, 'fs_types'), named(f?.exclude_fs_types, 'fs_types')),
        mountPoint: selector(
          named(f?.include_mount_points, 'mount_points'),
          named(f?.exclude_mount_points, 'mount_points'),
        ),
        virtual: f?.include_virtual_filesystems ?? false,
      });
    }
    case 'network':
      return networkScraper(
        selector(named(config.network?.include, 'interfaces'), named(config.network?.exclude, 'interfaces')),
      );
    case 'processes':
      return processesScraper(async () =>
        (await readdir(path.join(rootPath === '' ? '/' : rootPath, 'proc'))).filter((entry) => /^\d+$/.test(entry)),
      );
  }
}

function named<K extends string>(
  filter: ({ readonly match_type: 'strict' | 'regexp' } & Readonly<Record<K, readonly string[]>>) | undefined,
  key: K,
): NameFilter | undefined {
  return filter === undefined ? undefined : { match_type: filter.match_type, names: filter[key] ?? [] };
}
