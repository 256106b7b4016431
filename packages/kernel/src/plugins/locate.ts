/** Finds packages and files from several places; the first place that has one wins. */
import { existsSync, statSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Manifest, readManifest } from './manifest.ts';

/** A folder from a folder, a file or a `file:` URL of one. */
export function folderOf(place: string | URL): string {
  const text = String(place);
  const path = text.startsWith('file:') ? fileURLToPath(text) : resolve(text);
  if (text.endsWith('/') || text.endsWith(sep)) return path;
  try {
    return statSync(path).isDirectory() ? path : dirname(path);
  } catch {
    return dirname(path);
  }
}

/** The package of this name as a module in `folder` would see it; undefined when there is none. */
export function locatePackage(name: string, folder: string): Manifest | undefined {
  let file: string | undefined;
  try {
    // The final separator makes Node take the path as the folder itself.
    file = findPackageJSON(name, folder.endsWith(sep) ? folder : folder + sep);
  } catch {
    return undefined;
  }
  return file === undefined ? undefined : readManifest(file);
}

/** The file a `plugins:` entry names, if it is a path: relative paths begin with a dot. */
export function asPath(specifier: string, folder: string): string | undefined {
  if (specifier.startsWith('file:')) return fileURLToPath(specifier);
  if (isAbsolute(specifier)) return specifier;
  return /^\.{1,2}[/\\]/.test(specifier) ? resolve(folder, specifier) : undefined;
}

/** The manifest of a folder that is a package. */
export function packageIn(folder: string): Manifest | undefined {
  const file = join(folder, 'package.json');
  return existsSync(file) ? readManifest(file) : undefined;
}
