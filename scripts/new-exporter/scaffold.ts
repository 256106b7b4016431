/** Writes a new exporter package from the templates, and makes it known to the repository. */
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const TEMPLATE = path.join(import.meta.dirname, 'template');
const BUILD = 'tsconfig.build.json';
const CATALOGUE = 'packages/kernel/src/plugins/catalogue.ts';

/** Why nothing was written. */
export class ScaffoldError extends Error {}

/** The forms of a type's name that the templates use. */
interface Names {
  /** `acme_cloud` */
  readonly type: string;
  /** `acme-cloud` */
  readonly dash: string;
  /** `acmeCloud` */
  readonly camel: string;
  /** `AcmeCloud` */
  readonly Pascal: string;
  /** `Acme Cloud` */
  readonly title: string;
}

function namesOf(type: string): Names {
  if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(type)) {
    throw new ScaffoldError(`"${type}" is no type: write lower-case words joined by underscores, as acme_cloud.`);
  }
  const words = type.split('_').map((word) => (word[0] ?? '').toUpperCase() + word.slice(1));
  const Pascal = words.join('');
  return {
    type,
    dash: type.replaceAll('_', '-'),
    camel: (Pascal[0] ?? '').toLowerCase() + Pascal.slice(1),
    Pascal,
    title: words.join(' '),
  };
}

/**
 * Creates `packages/exporters/<type>` below `root` and adds it to the build and to the kernel's list of official
 * types. Returns what was written, relative to `root`. Throws a {@link ScaffoldError} before anything is written.
 */
export function scaffold(type: string, root: string): readonly string[] {
  const names = namesOf(type);
  const dir = `packages/exporters/${names.dash}`;
  if (existsSync(path.join(root, dir))) throw new ScaffoldError(`${dir} is there already.`);
  const edits: readonly (readonly [file: string, text: string])[] = [
    ...globSync('**/*.tmpl', { cwd: TEMPLATE })
      .sort()
      .map(
        (file) =>
          [
            `${dir}/${file.slice(0, -'.tmpl'.length)}`,
            fill(readFileSync(path.join(TEMPLATE, file), 'utf8'), names),
          ] as const,
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

function fill(text: string, names: Names): string {
  return text.replace(/\{\{(type|dash|camel|Pascal|title)\}\}/g, (_, name: keyof Names) => names[name]);
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
