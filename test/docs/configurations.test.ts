/** Every configuration that a document shows is valid as it stands. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { execute } from '../../packages/cli/src/cli.ts';
import { harmless } from '../spec-configs/variables.ts';
import { configurations, EXAMPLE, usesExample } from './configurations.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'telemetryflow-docs-'));
const environment = { ...process.env };
afterAll(() => {
  process.env = environment;
  rmSync(folder, { recursive: true, force: true });
});

/** With something to send to, where a block is about another part, and with the exporter that is an example itself. */
function whole(text: string): string {
  const sent = /^(exporters|integrations):/m.test(text) ? text : `${text}\nexporters:\n  debug: {}\n`;
  return usesExample(text) ? `plugins: [${EXAMPLE}]\n${sent}` : sent;
}

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
