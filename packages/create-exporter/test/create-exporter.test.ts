/** What is written, and what is refused; that it works is shown from packed packages, in test/packaging. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createExporter } from '@telemetryflow/create-exporter';
import { run } from '../src/cli.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'telemetryflow-create-exporter-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Exit code and output of the command. */
function command(...args: readonly string[]): { code: number; out: string; err: string } {
  let out = '';
  let err = '';
  const write = (add: (text: string) => void) => ({ write: add });
  const code = run(args, {
    stdout: write((text) => {
      out += text;
    }),
    stderr: write((text) => {
      err += text;
    }),
  });
  return { code, out, err };
}

describe('a new package', () => {
  test('has sources, tests, golden data and documents, with nothing left to fill in', () => {
    const target = path.join(folder, 'acme-cloud');
    const { files } = createExporter(target);
    expect([...files].sort()).toEqual([
      '.gitignore',
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'package.json',
      'src/config.ts',
      'src/encode-logs.ts',
      'src/index.ts',
      'test/config.test.ts',
      'test/contract.test.ts',
      'test/encode.test.ts',
      'test/shape.test.ts',
      'testdata/logs.ndjson',
      'tsconfig.json',
      'tsconfig.test.json',
    ]);
    for (const file of files) expect(readFileSync(path.join(target, file), 'utf8')).not.toMatch(/\{\{\w+\}\}|TODO/);
  });

  test('is named as the kernel looks for it', () => {
    const target = path.join(folder, 'acme-cloud');
    const { names } = createExporter(target);
    const manifest = JSON.parse(readFileSync(path.join(target, 'package.json'), 'utf8'));
    expect(manifest).toMatchObject({
      name: 'telemetryflow-exporter-acme-cloud',
      telemetryflow: { kind: 'exporter', type: 'acme_cloud' },
    });
    expect(names).toMatchObject({ type: 'acme_cloud', package: manifest.name });
  });

  test('may go into an empty folder', () => {
    const target = path.join(folder, 'acme');
    mkdirSync(target);
    expect(createExporter(target).files).toContain('package.json');
  });
});

describe('nothing is written', () => {
  test.each(['Acme', '1st', 'acme--cloud', 'ac me', 'acme.cloud'])('for %j, which is no type', (name) => {
    expect(() => createExporter(path.join(folder, name))).toThrow('lower-case words joined by underscores');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('into a folder that holds something', () => {
    const target = path.join(folder, 'acme');
    mkdirSync(target);
    writeFileSync(path.join(target, 'notes.txt'), 'mine');
    expect(() => createExporter(target)).toThrow('is there already and not empty');
    expect(readdirSync(target)).toEqual(['notes.txt']);
  });
});

describe('the command', () => {
  test('says what it wrote and what to do next', () => {
    const { code, out, err } = command(path.join(folder, 'acme'));
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('npm install telemetryflow-exporter-acme');
  });

  test('ends with 2 and says why where it wrote nothing', () => {
    expect(command(path.join(folder, 'Acme'))).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('"Acme" is no type'),
    });
  });

  test.each([[[]], [['--force']], [['acme', 'more']]])('with %j shows how it is used', (args) => {
    const { code, err } = command(...args);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('Usage: npm create') });
  });

  test('shows the same as help', () => {
    const { code, out } = command('--help');
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('Usage: npm create') });
  });
});
