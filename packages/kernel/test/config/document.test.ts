import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { ConfigError, type ObjectSchema, readDocument } from '@telemetryflow/kernel';

interface Recipe {
  readonly name: string;
  readonly wait: number;
  readonly steps: readonly string[];
}

const schema: ObjectSchema<Recipe> = {
  type: 'object',
  required: ['name'],
  properties: {
    name: { type: 'string', description: 'Its name.' },
    wait: { type: 'string', unit: 'duration', default: '2s', description: 'Time between steps.' },
    steps: {
      type: 'array',
      default: [],
      description: 'What to do.',
      items: { type: 'string', description: 'One.' },
    },
  },
};

const folder = mkdtempSync(path.join(tmpdir(), 'telemetryflow-document-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(text: string): string {
  const full = path.join(folder, 'recipe.yaml');
  writeFileSync(full, text);
  return full;
}

async function refused(text: string): Promise<readonly string[]> {
  const failure = await readDocument(schema, file(text)).catch((error: unknown) => error);
  if (!ConfigError.is(failure)) throw new Error(`it was accepted: ${text}`);
  return failure.problems.map(({ line, column, message, hint }) => `${line}:${column} ${message}; ${hint}`);
}

test('a document is decoded by its schema, with defaults and references, and knows where its values stand', async () => {
  const name = file('name: "${WHO}"\nsteps:\n  - one\n  - two\n');
  const { value, position } = await readDocument(schema, name, { env: { WHO: 'soup' } });
  expect(value).toEqual({ name: 'soup', wait: 2000, steps: ['one', 'two'] });
  expect(position(['steps', 1])).toEqual({ file: name, line: 4, column: 5 });
  expect(position(['wait'])).toEqual({ file: name, line: 1, column: 1 });
});

test('everything wrong with it is said at once, with places and advice', async () => {
  expect(await refused('nme: x\nwait: 5\nsteps: one\n')).toEqual([
    '1:1 unknown key "nme"; did you mean "name"?',
    '1:1 "name" is required; add name: Its name.',
    '2:7 the duration 5 has no unit; write 5s for seconds or 5ms for milliseconds',
    '3:8 expected a list, got text; write [value], or "- value" on a line of its own',
  ]);
  expect(await refused('[1, 2]')).toHaveLength(1);
  await expect(readDocument(schema, path.join(folder, 'none.yaml'))).rejects.toThrow('cannot read');
});
