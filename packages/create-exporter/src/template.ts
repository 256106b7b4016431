/** Templates are files that end in `.tmpl`, with `{{name}}` where a form of the backend's name belongs. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Names } from './names.ts';

/**
 *  What every exporter package has, whoever writes it: sources, golden data, README, changelog.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { COMMON_TEMPLATE, filled, namesOf } from '@telemetryflow/create-exporter';
 *
 * const files = filled(COMMON_TEMPLATE, namesOf('acme', 'third-party')).map(([file]) => file);
 * assert.ok(files.includes('src/encode-logs.ts'));
 * ```
 */
export const COMMON_TEMPLATE: string = path.join(import.meta.dirname, '..', 'template', 'common');

/**
 *  What makes it a project of its own: manifest, compiler options, tests.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { filled, namesOf, PROJECT_TEMPLATE } from '@telemetryflow/create-exporter';
 *
 * const files = filled(PROJECT_TEMPLATE, namesOf('acme', 'third-party')).map(([file]) => file);
 * assert.ok(files.includes('package.json'));
 * ```
 */
export const PROJECT_TEMPLATE: string = path.join(import.meta.dirname, '..', 'template', 'project');

/** Path from the package's folder on, and text. */
export type ScaffoldedFile = readonly [file: string, text: string];

/**
 *  The files of a template folder, filled in, sorted by path.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { mkdtempSync, writeFileSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { filled, namesOf, type ScaffoldedFile } from '@telemetryflow/create-exporter';
 *
 * const template = mkdtempSync(join(tmpdir(), 'template-'));
 * writeFileSync(join(template, 'README.md.tmpl'), '# {{package}}\n');
 * const files: readonly ScaffoldedFile[] = filled(template, namesOf('acme', 'third-party'));
 * assert.deepEqual(files, [['README.md', '# telemetryflow-exporter-acme\n']]);
 * ```
 */
export function filled(template: string, names: Names): readonly ScaffoldedFile[] {
  return globSync('**/*.tmpl', { cwd: template })
    .sort()
    .map((file) => [file.slice(0, -'.tmpl'.length), fill(readFileSync(path.join(template, file), 'utf8'), names)]);
}

function fill(text: string, names: Names): string {
  return text.replace(/\{\{(type|dash|camel|Pascal|title|package)\}\}/g, (_, form: keyof Names) => names[form]);
}
