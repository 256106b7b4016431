/** Checks a package against the conventions; for our packages and for everybody's. */
import type { Problem } from '@telemetryflow/kernel';
import { CONVENTIONS } from './conventions.ts';
import { viewPackage } from './package-view.ts';

/**
 * Every breach of a convention by the package in this folder, as problems whose path is the convention's id and
 * whose hint says what the convention is. Empty when the package has the common shape.
 * @example
 * test('has the shape of a TelemetryFlow package', async () => {
 *   expect(await checkShape(fileURLToPath(new URL('..', import.meta.url)))).toEqual([]);
 * });
 */
export async function checkShape(packageDir: string): Promise<Problem[]> {
  const view = await viewPackage(packageDir);
  return CONVENTIONS.flatMap((convention) =>
    convention.breaches(view).map((message) => ({ path: [convention.id], message, hint: convention.states })),
  );
}
