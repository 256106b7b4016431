/** Versions are independent: a minor release of the kernel releases nothing that only peers on it. */
import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

const root = path.join(import.meta.dirname, '..', '..');
const manifests = globSync(
  ['package.json', 'packages/*/package.json', 'packages/*/*/package.json', 'test/*/package.json'],
  {
    cwd: root,
  },
);
let copy: string;

beforeEach(() => {
  copy = mkdtempSync(path.join(tmpdir(), 'telemetryflow-changesets-'));
  for (const file of [...manifests, 'package-lock.json', '.changeset/config.json']) {
    mkdirSync(path.dirname(path.join(copy, file)), { recursive: true });
    cpSync(path.join(root, file), path.join(copy, file));
  }
});
afterEach(() => rmSync(copy, { recursive: true }));

function versions(): Record<string, string> {
  return Object.fromEntries(
    manifests.map((file) => {
      const { name, version } = JSON.parse(readFileSync(path.join(copy, file), 'utf8'));
      return [name, version];
    }),
  );
}

/** Runs `changeset version` with one changeset; names of the packages whose version changed. */
function release(bump: 'minor' | 'major', name: string): string[] {
  const before = versions();
  writeFileSync(path.join(copy, '.changeset/one.md'), `---\n"${name}": ${bump}\n---\n\nA change.\n`);
  execFileSync(process.execPath, [path.join(root, 'node_modules/@changesets/cli/bin.js'), 'version'], { cwd: copy });
  const after = versions();
  return Object.keys(after).filter((key) => after[key] !== before[key]);
}

test('a minor release of the kernel is followed by no dependency-only release', () => {
  expect(release('minor', '@telemetryflow/kernel')).toEqual(['@telemetryflow/kernel']);
});

test('a major release of the kernel is followed by releases, since it leaves the range of every peer', () => {
  const released = release('major', '@telemetryflow/kernel');
  expect(released.filter((name) => name.includes('/exporter-')).length).toBeGreaterThan(5);
});
