/** The lockfile serves every registry, and installing runs the scripts of nothing but the runtime. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';

const root = path.join(import.meta.dirname, '..', '..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

test('records no address of a registry', () => {
  const packages: Record<string, { resolved?: string }> = JSON.parse(read('package-lock.json')).packages;
  const addresses = Object.entries(packages).filter(([, { resolved = '' }]) => /^[a-z+]+:/.test(resolved));
  expect(addresses).toEqual([]);
  expect(read('.npmrc').split('\n')).toContain('omit-lockfile-registry-resolved=true');
});

test('the one install script that may run is that of the runtime', () => {
  expect(JSON.parse(read('package.json')).allowScripts).toEqual({ node: true });
});
