import { existsSync, globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { checkShape } from '@telemetryflow/testkit';

const root = fileURLToPath(new URL('../..', import.meta.url));
const finished = globSync('packages/{*,*/*}/package.json', { cwd: root })
  .map((file) => file.replace(/\/package\.json$/, ''))
  .filter((dir) => existsSync(`${root}/${dir}/README.md`))
  .sort();

describe('every package has the common shape', () => {
  test.each(finished)('%s', async (dir) => {
    expect(await checkShape(`${root}/${dir}`)).toEqual([]);
  });
});
