import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { environmentNamesRegion } from '../src/region.ts';

let folder: string;
let nowhere: Record<string, string>;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'telemetryflow-region-'));
  nowhere = {
    AWS_CONFIG_FILE: path.join(folder, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: path.join(folder, 'credentials'),
  };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the environment names a region', () => {
  test('by the variable AWS_REGION', () => {
    expect(environmentNamesRegion({ ...nowhere, AWS_REGION: 'eu-west-1' })).toBe(true);
  });

  test.each(['config', 'credentials'])('in the profile file %s', (file) => {
    writeFileSync(path.join(folder, file), '[default]\nregion = eu-west-1\n');
    expect(environmentNamesRegion(nowhere)).toBe(true);
  });
});

describe('the environment names none', () => {
  test('where variable and files are missing', () => {
    expect(environmentNamesRegion(nowhere)).toBe(false);
  });

  test('where the variable is empty and the profile has other keys', () => {
    writeFileSync(path.join(folder, 'config'), '[default]\nregion =\noutput = json\n');
    expect(environmentNamesRegion({ ...nowhere, AWS_REGION: '' })).toBe(false);
  });
});
