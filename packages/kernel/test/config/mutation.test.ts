/** Mutated configurations: whatever a person or a broken disk makes of a file, the answer is a list of problems. */
import { expect, test } from '@jest/globals';
import { ConfigError } from '@telemetryflow/kernel';
import fc from 'fast-check';
import { resolveText } from './fixtures.ts';

const GOOD = `receivers:
  otlp: {protocols: {grpc:, http: {endpoint: "127.0.0.1:4318"}}}
  host_metrics: {collection_interval: 10s}
processors: {batch: }
connectors: {forward: }
exporters:
  loki:
    endpoint: "\${URL:-http://loki:3100}"
    token: "\${TOKEN}"
    timeout: 5s
    tls: {ca_file: /a, skip_verify: true}
    hosts: [a, b]
    queue: {max_requests: 5, max_bytes: 1MiB}
    labels: &labels {env: prod}
  debug: {verbosity: basic, tags: [a:b]}
  webhook: {endpoints: [{name: a, url: "http://a"}]}
extensions: {health_check: }
service:
  extensions: [health_check]
  pipelines:
    logs: {receivers: [otlp], processors: [batch], exporters: [loki, forward]}
    logs/two: {receivers: [forward], exporters: [debug, webhook]}
  telemetry: {metrics: {level: basic}}
`;
const PIECES = [
  '{',
  '}',
  '[',
  ']',
  ':',
  ',',
  '"',
  "'",
  '\n',
  '  ',
  '\t',
  '#',
  '&a',
  '*a',
  '- ',
  '${',
  '}',
  '$',
  'null',
  '~',
];
const WORDS = [
  '<<: *labels',
  'true',
  '30',
  '-1',
  '1e999',
  '.nan',
  '!!str',
  '__proto__',
  'constructor',
  '\u0000',
  '\ud800',
  '%',
];

interface Edit {
  readonly at: number;
  readonly remove: number;
  readonly insert: string;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.nat({ max: GOOD.length }),
  remove: fc.oneof(fc.constant(0), fc.nat({ max: 40 })),
  insert: fc.oneof(fc.constant(''), fc.constantFrom(...PIECES), fc.constantFrom(...WORDS), fc.string({ maxLength: 5 })),
});

function mutate(edits: readonly Edit[]): string {
  return edits.reduce((text, { at, remove, insert }) => text.slice(0, at) + insert + text.slice(at + remove), GOOD);
}

async function failureOf(text: string): Promise<unknown> {
  try {
    await resolveText(text, { TOKEN: 'abcdefgh' });
    return undefined;
  } catch (error) {
    return error;
  }
}

test('the configuration that is mutated is good', async () => {
  expect(await failureOf(GOOD)).toBeUndefined();
});

test('a mutated configuration is accepted, or refused with problems that have a place', async () => {
  let refusals = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
      const text = mutate(edits);
      const failure = await failureOf(text);
      if (failure === undefined) return;
      if (!ConfigError.is(failure)) throw failure;
      refusals++;
      expect(failure.problems.length).toBeGreaterThan(0);
      const lines = text.split('\n').length;
      for (const { file, line, column, message, hint, severity } of failure.problems) {
        expect([file, severity]).toEqual(['t.yaml', 'error']);
        expect(line >= 1 && line <= lines + 1 && column >= 1).toBe(true);
        expect(`${message} ${hint}`).not.toMatch(/undefined|\[object|\{[a-z]+\}(?!.*:-)/);
      }
    }),
    { numRuns: 300 },
  );
  expect(refusals).toBeGreaterThan(50);
});

test('every line can be lost', async () => {
  const lines = GOOD.split('\n');
  for (const index of lines.keys()) {
    const failure = await failureOf(lines.toSpliced(index, 1).join('\n'));
    expect(failure === undefined || ConfigError.is(failure)).toBe(true);
  }
});

test('a file may end anywhere', async () => {
  for (let length = 0; length < GOOD.length; length += 7) {
    const failure = await failureOf(GOOD.slice(0, length));
    expect(failure === undefined || ConfigError.is(failure)).toBe(true);
  }
});
