/** `npm run new:exporter -- <type>`: a new exporter package that passes all checks. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { ScaffoldError } from '../packages/create-exporter/src/index.ts';
import { scaffold } from './new-exporter/scaffold.ts';

const [type, ...rest] = process.argv.slice(2);
if (type === undefined || rest.length > 0) {
  console.error('Usage: npm run new:exporter -- <type>, as acme_cloud');
  process.exit(2);
}
try {
  const root = path.join(import.meta.dirname, '..');
  const written = scaffold(type, root);
  const dir = `packages/exporters/${type.replaceAll('_', '-')}`;
  // How lines break depends on the length of the name.
  spawnSync(path.join(root, 'node_modules/.bin/biome'), ['check', '--write', dir], { cwd: root, stdio: 'ignore' });
  console.log(`Written:\n${written.map((file) => `  ${file}`).join('\n')}

What to do next:
  1. npm install                       links the package and adds it to the lockfile
  2. npm run generate                  fills the option tables
  3. npm run jest -- ${dir}
     passes; from here on the tests are yours
  4. Put the backend's rules in: config.ts (options), index.ts (URL, headers), encode-logs.ts (format, limits),
     an encode-<signal>.ts per further signal, and in contract.test.ts how the backend answers.
  5. Add it to the dependencies in packages/agent/package.json: the agent has every component.
  6. npx changeset && npm test`);
} catch (error) {
  if (!(error instanceof ScaffoldError)) throw error;
  console.error(error.message);
  process.exit(2);
}
