/** `npm run build`: type declarations, JavaScript and prebuilt configuration validators of every package, and documents, for publishing. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..');
const steps: readonly (readonly string[])[] = [
  [path.join(root, 'node_modules', '.bin', 'tsc'), '-b', 'tsconfig.build.json'],
  [process.execPath, '--no-warnings', 'scripts/build-bundles.ts'],
  [process.execPath, '--conditions=@telemetryflow/source', '--no-warnings', 'scripts/build-validators.ts'],
  [process.execPath, '--no-warnings', 'scripts/build-docs.ts'],
];
for (const [command, ...args] of steps) {
  const { status } = spawnSync(command ?? '', args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
