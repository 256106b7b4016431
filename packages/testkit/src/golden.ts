/** Golden files: the exact bytes an encoder wrote when a person last looked at them. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';

/** One golden file. */
export interface Golden {
  readonly path: string;
  /** Throws unless `actual` equals the file byte for byte; the message names the first difference. */
  bytes(actual: Uint8Array | string): void;
  /** Throws unless `actual` (a value, or JSON text) means the same JSON as the file, whatever its spacing. */
  json(actual: unknown): void;
}

/**
 * The golden file `testdata/<name>` beside the test's folder: for a test in `<package>/test/x.test.ts` that is
 * `<package>/testdata/<name>`. A name without extension means `.json` for `json` and `.bin` for `bytes`.
 * With `UPDATE_GOLDEN=1` in the environment the file is written instead: look at the diff before you commit it.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { pathToFileURL } from 'node:url';
 * import { type Golden, golden } from '@telemetryflow/testkit';
 *
 * const dir = mkdtempSync(join(tmpdir(), 'golden-'));
 * mkdirSync(join(dir, 'testdata'));
 * writeFileSync(join(dir, 'testdata/one-log.json'), '{ "body": "hello" }\n');
 * // In a test file the first argument is import.meta.url.
 * const file: Golden = golden(pathToFileURL(join(dir, 'test/encode.test.ts')).href, 'one-log.json');
 * file.json({ body: 'hello' });
 * assert.throws(() => file.json({ body: 'bye' }), /differs at \$\.body: expected "hello", got "bye"/);
 * ```
 */
export function golden(testUrl: string, name: string): Golden {
  const base = fileURLToPath(new URL(`../testdata/${name}`, testUrl));
  const named = /\.(json|ndjson|bin|txt|pb|jsonl|lp|influx)$/.test(name);
  return {
    path: base,
    bytes(actual) {
      const path = named ? base : `${base}.bin`;
      const bytes = Buffer.from(actual);
      const expected = readOrUpdate(path, bytes);
      if (!expected.equals(bytes)) throw new Error(`${path} differs: ${firstDifference(expected, bytes)}${HOW}`);
    },
    json(actual) {
      const path = named ? base : `${base}.json`;
      const value: unknown = JSON.parse(typeof actual === 'string' ? actual : JSON.stringify(actual));
      const expected = readOrUpdate(path, Buffer.from(`${JSON.stringify(value, null, 2)}\n`));
      const difference = jsonDifference(JSON.parse(expected.toString('utf8')), value, '$');
      if (difference !== undefined) throw new Error(`${path} differs at ${difference}${HOW}`);
    },
  };
}

const HOW = '. If the change is meant, run with UPDATE_GOLDEN=1 and review the file.';

function readOrUpdate(path: string, actual: Buffer): Buffer {
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, actual);
    return actual;
  }
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new Error(`There is no golden file ${path}${HOW}`, { cause });
  }
}

function firstDifference(expected: Buffer, actual: Buffer): string {
  const end = Math.min(expected.length, actual.length);
  let at = 0;
  while (at < end && expected[at] === actual[at]) at++;
  const from = Math.max(0, at - 16);
  const show = (bytes: Buffer): string => JSON.stringify(bytes.subarray(from, at + 24).toString('latin1'));
  return (
    `${expected.length} bytes expected, ${actual.length} written, first difference at byte ${at}: ` +
    `expected ${show(expected)}, got ${show(actual)}`
  );
}

function jsonDifference(expected: unknown, actual: unknown, path: string): string | undefined {
  if (isDeepStrictEqual(expected, actual)) return undefined;
  if (typeof expected === 'object' && typeof actual === 'object' && expected !== null && actual !== null) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
      const found = jsonDifference(Reflect.get(expected, key), Reflect.get(actual, key), `${path}.${key}`);
      if (found !== undefined) return found;
    }
  }
  return `${path}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`;
}
