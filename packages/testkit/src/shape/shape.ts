/** Checks a package against the conventions; for our packages and for everybody's. */
import type { Problem } from '@telemetryflow/kernel';
import { CONVENTIONS } from './conventions.ts';
import { viewPackage } from './package-view.ts';

/**
 * Every breach of a convention by the package in this folder, as problems whose path is the convention's id and
 * whose hint says what the convention is. Empty when the package has the common shape.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { mkdtempSync, writeFileSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { checkShape } from '@telemetryflow/testkit';
 *
 * const dir = mkdtempSync(join(tmpdir(), 'shape-'));
 * writeFileSync(join(dir, 'package.json'), '{ "name": "telemetryflow-exporter-acme" }');
 * const problems = await checkShape(dir);
 * // Your package is in shape when the list is empty.
 * assert.ok(problems.some(({ message }) => message === 'README.md is missing'));
 * ```
 */
export async function checkShape(packageDir: string): Promise<Problem[]> {
  const view = await viewPackage(packageDir);
  return CONVENTIONS.flatMap((convention) =>
    convention.breaches(view).map((message) => ({ path: [convention.id], message, hint: convention.states })),
  );
}
