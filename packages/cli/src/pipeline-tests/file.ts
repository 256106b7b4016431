/** A file of pipeline tests: `telemetry.test.yaml` beside `telemetry.yaml`. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv, type ErrorObject } from 'ajv';
import { isMap, LineCounter, type Node, parseDocument } from 'yaml';
import type { PlainItems } from './items.ts';

/** What a test states of one exporter. */
export interface Expectation {
  readonly logs?: readonly unknown[];
  readonly spans?: readonly unknown[];
  readonly metrics?: readonly unknown[];
  /** Requests, in the order in which they would have gone out. */
  readonly payloads?: readonly PayloadExpectation[];
}

/** One of the forms of a body, and what goes with it. */
export interface PayloadExpectation {
  readonly text?: string;
  readonly json?: unknown;
  readonly lines?: readonly string[];
  /** As OTLP/JSON. */
  readonly otlp?: unknown;
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface PipelineTest {
  readonly name: string;
  /** Only these pipelines get the items; default all of their signal. */
  readonly pipelines?: readonly string[];
  readonly given: PlainItems;
  /** By exporter id. */
  readonly expect: Readonly<Record<string, Expectation>>;
}

export interface TestFile {
  readonly file: string;
  /** The configurations under test, absolute. */
  readonly configs: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The time of the pipeline's clock, in ms since the epoch. */
  readonly nowMs: number;
  readonly tests: readonly PipelineTest[];
}

/** What is wrong with a file of tests; the message begins with `file:line:column`. */
export class TestFileError extends Error {
  override readonly name = 'TestFileError';
}

const items = { type: 'array', items: { type: 'object' } };
const payload = {
  type: 'object',
  additionalProperties: false,
  properties: {
    text: { type: 'string' },
    json: {},
    lines: { type: 'array', items: { type: 'string' } },
    otlp: {},
    url: { type: 'string' },
    headers: { type: 'object', additionalProperties: { type: 'string' } },
  },
};
const signals = { logs: items, spans: items, metrics: items };
const SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['tests'],
  properties: {
    config: { type: ['string', 'array'], items: { type: 'string' } },
    env: { type: 'object', additionalProperties: { type: 'string' } },
    now: { type: 'string', minLength: 20 },
    tests: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name', 'given', 'expect'],
        properties: {
          name: { type: 'string' },
          pipelines: { type: 'array', items: { type: 'string' } },
          given: { type: 'object', additionalProperties: false, properties: { ...signals, otlp: items } },
          expect: {
            type: 'object',
            minProperties: 1,
            additionalProperties: {
              type: 'object',
              additionalProperties: false,
              minProperties: 1,
              properties: { ...signals, payloads: { type: 'array', items: payload } },
            },
          },
        },
      },
    },
  },
};

const DEFAULT_NOW = '2026-01-01T00:00:00.000Z';

/** Throws a {@link TestFileError} that names the place. */
export function readTestFile(file: string): TestFile {
  const lines = new LineCounter();
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new TestFileError(`cannot read ${file}: ${(error as NodeJS.ErrnoException).code}; check the path`);
  }
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const [error] = document.errors;
  if (error !== undefined) throw new TestFileError(`${at(error.pos[0])} ${error.message}`);
  const value: unknown = document.toJS();
  const validate = new Ajv({ allowUnionTypes: true }).compile(SCHEMA);
  if (!validate(value)) {
    const [first] = validate.errors as ErrorObject[];
    const keys = (first?.instancePath ?? '')
      .split('/')
      .slice(1)
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
    const node = keys.length === 0 ? document.contents : (document.getIn(keys, true) as Node | undefined);
    throw new TestFileError(
      `${at(node?.range?.[0] ?? 0)} ${keys.join('.') || 'the file'} ${explain(first, isMap(node))}`,
    );
  }
  const {
    config,
    env = {},
    now = DEFAULT_NOW,
    tests,
  } = value as Omit<TestFile, 'configs'> & { config?: string | string[]; now?: string };
  const nowMs = Date.parse(now);
  if (Number.isNaN(nowMs)) throw new TestFileError(`${at(0)} now is no time; write it as ${DEFAULT_NOW}`);
  const folder = path.dirname(path.resolve(file));
  const beside = path.basename(file).replace(/\.test(?=\.ya?ml$)/, '');
  const configs = [config ?? beside].flat().map((each) => path.resolve(folder, each));
  return { file, configs, env, nowMs, tests };
}

function explain(error: ErrorObject | undefined, map: boolean): string {
  if (error?.keyword === 'additionalProperties')
    return `has an unknown key "${error.params['additionalProperty']}"; remove it`;
  if (error?.keyword === 'required') return `lacks "${error.params['missingProperty']}"; add it`;
  return `${error?.message ?? 'is not understood'}${map ? '' : '; correct the value'}`;
}
