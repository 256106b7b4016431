/** Writes a new exporter package from the templates, and makes it known to the repository. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  COMMON_TEMPLATE,
  filled,
  namesOf,
  ScaffoldError,
  type ScaffoldedFile,
} from '../../packages/create-exporter/src/index.ts';

/** What a package is here and nowhere else: a workspace, with the repository's compiler options and test runner. */
const WORKSPACE_TEMPLATE = path.join(import.meta.dirname, 'template');
const BUILD = 'tsconfig.build.json';
const CATALOGUE = 'packages/kernel/src/plugins/catalogue.ts';

/**
 * Creates `packages/exporters/<type>` below `root` and adds it to the build and to the kernel's list of official
 * types. Returns what was written, relative to `root`. Throws a {@link ScaffoldError} before anything is written.
 */
export function scaffold(type: string, root: string): readonly string[] {
  const names = namesOf(type, 'official');
  const dir = `packages/exporters/${names.dash}`;
  if (existsSync(path.join(root, dir))) throw new ScaffoldError(`${dir} is there already.`);
  const edits: readonly ScaffoldedFile[] = [
    ...[...filled(COMMON_TEMPLATE, names), ...filled(WORKSPACE_TEMPLATE, names)].map(
      ([file, text]): ScaffoldedFile => [`${dir}/${file}`, text],
    ),
    [`${dir}/LICENSE`, readFileSync(path.join(root, 'LICENSE'), 'utf8')],
    [BUILD, withReference(readFileSync(path.join(root, BUILD), 'utf8'), dir)],
    [CATALOGUE, withType(readFileSync(path.join(root, CATALOGUE), 'utf8'), type)],
  ];
  for (const [file, text] of edits) {
    const full = path.join(root, file);
    mkdirSync(path.dirname(full), { recursive: true });
    writeFileSync(full, text);
  }
  return edits.map(([file]) => file);
}

function withReference(text: string, dir: string): string {
  const build = JSON.parse(text) as { references: { path: string }[] };
  const after = build.references.findLastIndex((reference) => reference.path.startsWith('packages/exporters/'));
  build.references.splice(after + 1, 0, { path: dir });
  return `${JSON.stringify(build, null, 2)}\n`;
}

/** The list is sorted by type within each kind. */
function withType(text: string, type: string): string {
  const lines = text.split('\n');
  const entry = /^ {2}official\('exporter', '([^']+)'/;
  const later = lines.findIndex((line) => (entry.exec(line)?.[1] ?? '') > type);
  const last = lines.findLastIndex((line) => entry.test(line)) + 1;
  if (last === 0) throw new ScaffoldError(`${CATALOGUE} holds no list of exporters.`);
  lines.splice(later === -1 ? last : later, 0, `  official('exporter', '${type}'),`);
  return lines.join('\n');
}
