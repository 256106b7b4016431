/** Every configuration that a document shows is valid as it stands. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { execute } from '../../packages/agent/src/cli.ts';
import { harmless } from '../spec-configs/variables.ts';
import { type CodeBlock, codeBlocks } from './blocks.ts';

const SECTIONS = ['receivers', 'processors', 'exporters', 'connectors', 'extensions', 'service', 'integrations'];

const folder = mkdtempSync(path.join(tmpdir(), 'telemetryflow-docs-'));
const environment = { ...process.env };
afterAll(() => {
  process.env = environment;
  rmSync(folder, { recursive: true, force: true });
});

/** True for blocks that are configurations, whole or in part; others are files of other programs. */
function isConfiguration({ language, text }: CodeBlock): boolean {
  if (language !== 'yaml' && language !== 'yml') return false;
  const keys = Object.keys((parse(text) as object | null) ?? {});
  return keys.length > 0 && keys.every((key) => SECTIONS.includes(key) || key === 'plugins');
}

/** With something to send to, where a block is about another part. */
function whole(text: string): string {
  return /^(exporters|integrations):/m.test(text) ? text : `${text}\nexporters:\n  debug: {}\n`;
}

const configurations = codeBlocks().filter(isConfiguration);

test('there are configurations in the documents', () => {
  expect(configurations.length).toBeGreaterThan(20);
});

test.each(configurations.map((block) => [`${block.file}:${block.line}`, block] as const))(
  '%s',
  async (_where, block) => {
    for (const [, name = ''] of block.text.matchAll(/\$\{(?:env:)?([A-Z0-9_]+)/g)) process.env[name] ??= harmless(name);
    const file = path.join(folder, 'telemetry.yaml');
    writeFileSync(file, whole(block.text));
    let output = '';
    const write = (part: string): void => {
      output += part;
    };
    const code = await execute(['node', 'telemetryflow', 'validate', '--config', file], { out: write, err: write });
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('The configuration is valid') });
  },
);
