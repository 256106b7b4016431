/** Code, table and page of errors say the same. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { ERRORS, type ErrorEntry, LIFECYCLE_ERRORS } from '@telemetryflow/kernel';

const root = join(import.meta.dirname, '../../../..');
const codes = Object.keys(ERRORS);
const page = readFileSync(join(root, 'docs/reference/errors.md'), 'utf8');
const sources = globSync('packages/kernel/src/**/*.ts', { cwd: root })
  .filter((file) => !file.endsWith('errors/table.ts'))
  .map((file) => readFileSync(join(root, file), 'utf8'))
  .join('\n');

test('every code is used, and every code that is used is in the table', () => {
  const used = new Set(sources.match(/TFO_(?:ERR|WARN|NOTICE)_CONFIG_\w+/g));
  expect([...used].sort()).toEqual([...codes].sort());
});

test('the page lists every code and no other', () => {
  const listed = page.match(/(?<=^\| `)TFO_\w+/gm) ?? [];
  expect([...listed].sort()).toEqual([...codes, ...Object.keys(LIFECYCLE_ERRORS)].sort());
});

test('every entry says what happened and what to do', () => {
  for (const entry of Object.values<ErrorEntry>(ERRORS)) {
    expect(entry.message).toMatch(/\S/);
    expect(entry.hint).toMatch(/\S/);
    expect(entry.message).not.toMatch(/[.;]$/);
  }
});
