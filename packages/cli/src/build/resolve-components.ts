/** From the entries of a manifest to installed packages, at the versions asked for. */
import { existsSync, readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import path from 'node:path';
import { canonicalType, type Definition, didYouMean, OFFICIAL_TYPES, packageNames } from '@telemetryflow/kernel';
import type { Manifest } from './manifest.ts';

type Kind = Definition['kind'];

/** One package of the distribution. */
export interface BuiltComponent {
  readonly kind: Kind;
  readonly package: string;
  readonly version: string;
  /** Its folder. */
  readonly folder: string;
}

/** What is wrong with one entry. */
export interface EntryProblem {
  /** As `['exporters', 1]`. */
  readonly path: readonly [section: Section, index: number];
  readonly message: string;
  readonly hint: string;
  /** What to give to `npm install --save-exact`, where that is the cure. */
  readonly install?: string;
}

type Section = Exclude<keyof Manifest, 'dist'>;
const KINDS: Readonly<Record<Section, Kind>> = {
  receivers: 'receiver',
  processors: 'processor',
  exporters: 'exporter',
  connectors: 'connector',
  extensions: 'extension',
};

/** `folders`: where packages are looked for, in order. */
export function resolveComponents(
  manifest: Manifest,
  folders: readonly string[],
): { readonly components: readonly BuiltComponent[]; readonly problems: readonly EntryProblem[] } {
  const components: BuiltComponent[] = [];
  const problems: EntryProblem[] = [];
  for (const [section, kind] of Object.entries(KINDS) as [Section, Kind][]) {
    for (const [index, entry] of manifest[section].entries()) {
      const found = resolveEntry(kind, entry, folders);
      if ('message' in found) problems.push({ path: [section, index], ...found });
      else if (!components.some((each) => each.package === found.package)) components.push(found);
    }
  }
  return { components, problems };
}

function resolveEntry(
  kind: Kind,
  entry: string,
  folders: readonly string[],
): BuiltComponent | Omit<EntryProblem, 'path'> {
  const [, name = '', version] = /^(@?[^@]+)(?:@(.+))?$/.exec(entry) ?? [];
  if (name === '') return { message: `"${entry}" names nothing`, hint: 'write a type or a package' };
  const names = isPackage(name) ? [name] : packageNames(kind, canonicalType(kind, name));
  const found = names.flatMap((each) => locate(each, folders) ?? []).at(0);
  const wanted = `${names[0]}${version === undefined ? '' : `@${version}`}`;
  if (found === undefined) {
    const meant = isPackage(name) ? undefined : unknownType(kind, name);
    if (meant !== undefined) return meant;
    return { message: `${wanted} is not installed`, hint: `npm install --save-exact ${wanted}`, install: wanted };
  }
  if (version !== undefined && version !== found.version) {
    const message = `${names[0]} is installed at version ${found.version}, not ${version}`;
    return { message, hint: `npm install --save-exact ${wanted}`, install: wanted };
  }
  if (found.kinds.length === 0) {
    return {
      message: `${found.package} is no component: its package.json has no telemetryflow block`,
      hint: 'remove it',
    };
  }
  if (!found.kinds.includes(kind)) {
    const other = found.kinds[0] ?? kind;
    return { message: `${found.package} is of kind ${other}, not ${kind}`, hint: `move it to ${other}s` };
  }
  return { kind, package: found.package, version: found.version, folder: found.folder };
}

function isPackage(name: string): boolean {
  return name.startsWith('@') || name.startsWith('telemetryflow-');
}

/** A word that no package provides and that is no official type. */
function unknownType(kind: Kind, name: string): Omit<EntryProblem, 'path'> | undefined {
  const known = OFFICIAL_TYPES.filter((each) => each.kind === kind);
  if (known.some(({ type }) => type === canonicalType(kind, name))) return undefined;
  const meant = didYouMean(
    name,
    known.flatMap(({ type, aliases }) => [type, ...aliases]),
  );
  const tried = packageNames(kind, name).join(' or ');
  return { message: `unknown ${kind} "${name}"`, hint: meant ?? `install ${tried}, or name its package` };
}

interface Located {
  readonly package: string;
  readonly version: string;
  readonly folder: string;
  readonly kinds: readonly Kind[];
}

function locate(name: string, folders: readonly string[]): Located | undefined {
  for (const folder of folders) {
    const file = packageFile(name, folder);
    if (file === undefined) continue;
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as {
      readonly version?: string;
      readonly telemetryflow?: { readonly kind: Kind } | readonly { readonly kind: Kind }[];
    };
    const blocks = manifest.telemetryflow === undefined ? [] : [manifest.telemetryflow].flat();
    const kinds = blocks.map((block) => block.kind);
    return { package: name, version: manifest.version ?? '', folder: path.dirname(file), kinds };
  }
  return undefined;
}

/** The `package.json` of a package as a module in `folder` sees it. */
export function packageFile(name: string, folder: string): string | undefined {
  try {
    const file = findPackageJSON(name, folder + path.sep);
    return file !== undefined && existsSync(file) ? file : undefined;
  } catch {
    return undefined;
  }
}
