/** A new exporter package in a folder of its own. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ScaffoldError } from './error.ts';
import { type Names, namesOf } from './names.ts';
import { COMMON_TEMPLATE, filled, PROJECT_TEMPLATE, type ScaffoldedFile } from './template.ts';

/** What was written where. */
export interface CreatedExporter {
  readonly names: Names;
  /** Paths from `folder` on. */
  readonly files: readonly string[];
}

/**
 * Writes an exporter package into `folder`, which must not exist or be empty. Its type is the last part of the path,
 * with underscores for dashes: `my-backend` holds the exporter `my_backend`. Throws a {@link ScaffoldError} before
 * anything is written.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { mkdtempSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { type CreatedExporter, createExporter } from '@telemetryflow/create-exporter';
 *
 * const folder = join(mkdtempSync(join(tmpdir(), 'create-')), 'my-backend');
 * const { names, files }: CreatedExporter = createExporter(folder);
 * assert.equal(names.package, 'telemetryflow-exporter-my-backend');
 * assert.ok(files.includes('test/contract.test.ts'));
 * ```
 */
export function createExporter(folder: string): CreatedExporter {
  const names = namesOf(path.basename(path.resolve(folder)).replaceAll('-', '_'), 'third-party');
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new ScaffoldError(`${folder} is there already and not empty: choose another name, or remove it.`);
  }
  const license = readFileSync(path.join(import.meta.dirname, '..', 'LICENSE'), 'utf8');
  const files: readonly ScaffoldedFile[] = [
    ...filled(COMMON_TEMPLATE, names),
    ...filled(PROJECT_TEMPLATE, names),
    ['LICENSE', license],
    // A file of this name does not survive packing as a template.
    ['.gitignore', 'node_modules/\ndist/\n*.tgz\n'],
  ];
  for (const [file, text] of files) {
    const full = path.join(folder, file);
    mkdirSync(path.dirname(full), { recursive: true });
    writeFileSync(full, text);
  }
  return { names, files: files.map(([file]) => file) };
}
