/** What npm put into a folder: how many packages, and how large they are. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

export interface Weight {
  /** Names, as often as a package is there; sorted. */
  readonly packages: readonly string[];
  /** All files, as long as they are. */
  readonly mib: number;
}

/** `folder` holds `node_modules`. */
export function weigh(folder: string): Weight {
  const modules = path.join(folder, 'node_modules');
  const lock = JSON.parse(readFileSync(path.join(modules, '.package-lock.json'), 'utf8')) as { packages: object };
  const files = readdirSync(modules, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const bytes = files.reduce((sum, entry) => sum + statSync(path.join(entry.parentPath, entry.name)).size, 0);
  const packages = Object.keys(lock.packages).map((place) => place.slice(place.lastIndexOf('node_modules/') + 13));
  return { packages: packages.sort(), mib: bytes / 2 ** 20 };
}
