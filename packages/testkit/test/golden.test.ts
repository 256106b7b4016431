import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { golden } from '@telemetryflow/testkit';

describe('golden', () => {
  let folder = '';
  let url = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'golden-'));
    mkdirSync(join(folder, 'testdata'));
    url = pathToFileURL(join(folder, 'test', 'some.test.ts')).href;
  });
  afterEach(() => {
    delete process.env['UPDATE_GOLDEN'];
    rmSync(folder, { recursive: true });
  });

  test('compares JSON by meaning and names the path that differs', () => {
    writeFileSync(join(folder, 'testdata', 'logs.basic.json'), '{"a": [1, {"b": 2}]}');
    golden(url, 'logs.basic').json('{"a":[1,{"b":2}]}');
    expect(() => golden(url, 'logs.basic').json({ a: [1, { b: 3 }] })).toThrow(/\$\.a\.1\.b: expected 2, got 3/);
    expect(() => golden(url, 'logs.basic').json({ a: [1, { b: 2, c: 0 }] })).toThrow(/\$\.a\.1\.c/);
  });

  test('compares bytes and names the first that differs', () => {
    writeFileSync(join(folder, 'testdata', 'spans.bin'), Buffer.from([1, 2, 3]));
    golden(url, 'spans').bytes(Uint8Array.of(1, 2, 3));
    expect(() => golden(url, 'spans').bytes(Uint8Array.of(1, 9, 3))).toThrow(/first difference at byte 1/);
  });

  test('a missing file is an error that says how to make it', () => {
    expect(() => golden(url, 'none.txt').bytes('x')).toThrow(/There is no golden file .*none\.txt.*UPDATE_GOLDEN=1/);
  });

  test('UPDATE_GOLDEN=1 writes the file', () => {
    process.env['UPDATE_GOLDEN'] = '1';
    golden(url, 'new/lines.txt').bytes('a\nb\n');
    golden(url, 'value').json({ x: 1 });
    expect(readFileSync(join(folder, 'testdata', 'new', 'lines.txt'), 'utf8')).toBe('a\nb\n');
    expect(readFileSync(join(folder, 'testdata', 'value.json'), 'utf8')).toBe('{\n  "x": 1\n}\n');
  });
});
