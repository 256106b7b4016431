/** Space and inodes of mounted filesystems from /proc/self/mounts and statfs. */
import type { FilesystemSpace, Machine, Measurement, Reading, Scraper } from '../measurement.ts';
import { rows } from './fields.ts';

export interface FilesystemSelection {
  readonly device: (name: string) => boolean;
  readonly type: (name: string) => boolean;
  readonly mountPoint: (name: string) => boolean;
  /** Also filesystems that live in memory or are views of the kernel. */
  readonly virtual: boolean;
}

interface Mount {
  readonly attributes: Readonly<Record<string, string>>;
  readonly path: string;
}

/** A network filesystem whose server is gone answers statfs never; the others must not wait for it. */
const STATFS_TIMEOUT_MS = 2000;

export function filesystemScraper(selection: FilesystemSelection): Scraper {
  return {
    async scrape(machine) {
      const mounts = await readMounts(machine, selection);
      const measured = await Promise.all(
        mounts.map(async (mount) => ({ mount, space: await spaceOf(machine, mount.path) })),
      );
      const usage: Reading[] = [];
      const utilization: Reading[] = [];
      const limit: Reading[] = [];
      const inodes: Reading[] = [];
      for (const { mount, space } of measured) {
        if (space === undefined || space.blocks === 0) continue;
        const used = space.blocks - space.bfree;
        const states = { used, free: space.bavail, reserved: space.bfree - space.bavail };
        for (const [state, blocks] of Object.entries(states)) {
          usage.push({
            value: blocks * space.bsize,
            attributes: { ...mount.attributes, 'system.filesystem.state': state },
          });
        }
        utilization.push({ value: used / (used + space.bavail), attributes: mount.attributes });
        limit.push({ value: space.blocks * space.bsize, attributes: mount.attributes });
        for (const [state, value] of Object.entries({ used: space.files - space.ffree, free: space.ffree })) {
          inodes.push({ value, attributes: { ...mount.attributes, 'system.filesystem.state': state } });
        }
      }
      return [
        updown('system.filesystem.usage', 'By', 'Space by state.', usage),
        {
          name: 'system.filesystem.utilization',
          unit: '1',
          description: 'Share of the space open to users that is used, as df prints it.',
          kind: 'gauge',
          type: 'double',
          readings: utilization.filter((r) => Number.isFinite(r.value)),
        },
        updown('system.filesystem.limit', 'By', 'All space of the filesystem.', limit),
        updown('system.filesystem.inodes.usage', '{inode}', 'Inodes by state.', inodes),
      ];
    },
  };
}

function updown(name: string, unit: string, description: string, readings: readonly Reading[]): Measurement {
  return { name, unit, description, kind: 'updown', type: 'int', readings };
}

async function readMounts(machine: Machine, selection: FilesystemSelection): Promise<Mount[]> {
  const real = new Set(
    rows(await machine.read('/proc/filesystems'))
      .filter((r) => r[0] !== 'nodev')
      .map((r) => r[0]),
  );
  const mounts = new Map<string, Mount>();
  for (const [device = '', path = '', type = '', options = ''] of rows(await machine.read('/proc/self/mounts'))) {
    const mountPoint = unescapeOctal(path);
    if (!selection.virtual && !real.has(type) && !/^(nfs|cifs|smb|fuse\.|ceph|zfs|overlay)/.test(type)) continue;
    if (!selection.device(device) || !selection.type(type) || !selection.mountPoint(mountPoint)) continue;
    const attributes = {
      'system.device': unescapeOctal(device),
      'system.filesystem.mountpoint': mountPoint,
      'system.filesystem.type': type,
      'system.filesystem.mode': options.split(',').includes('ro') ? 'ro' : 'rw',
    };
    // A later mount on the same point hides the earlier one; a bind mount shows the same device again.
    mounts.set(mountPoint, { attributes, path: mountPoint });
  }
  return [...mounts.values()];
}

/** The kernel writes blanks and the like in mount points as `\040`. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

async function spaceOf(machine: Machine, path: string): Promise<FilesystemSpace | undefined> {
  const { promise: timedOut, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), STATFS_TIMEOUT_MS).unref();
  const space = machine.statfs(path).catch(() => undefined);
  const result = await Promise.race([space, timedOut]);
  clearTimeout(timer);
  return result;
}
