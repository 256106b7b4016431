/** The first screen of the README, by the clock: an empty folder, two installs, twelve lines, data at a backend. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { decode } from '@telemetryflow/otlp';
import { fakeOtlp, otlpBody } from '@telemetryflow/testkit';
import { type CodeBlock, codeBlocks } from '../docs/blocks.ts';
import { npmInstall, runToEnd } from './example.ts';
import { packAll } from './pack.ts';
import { type Registry, serveRegistry } from './registry.ts';
import { nodeBinary } from './toolchain.ts';

const ENDPOINT = 'http://localhost:4318';
const MOST_LINES = 12;
const MOST_SECONDS = 120;

let registry: Registry;
let folder: string;

beforeAll(async () => {
  registry = await serveRegistry(packAll());
  folder = mkdtempSync(path.join(tmpdir(), 'telemetryflow-stranger-'));
}, 480_000);
afterAll(async () => {
  await registry.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The first block of a language in the README. */
function shown(language: string): string {
  const found = codeBlocks().find((block: CodeBlock) => block.file === 'README.md' && block.language === language);
  if (found === undefined) throw new Error(`README.md shows no ${language}`);
  return found.text;
}

test('the lines of the README bring a span to a backend', async () => {
  const program = shown('js');
  expect(program.split('\n').filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(MOST_LINES);
  expect(program).toContain(ENDPOINT);
  const packages = /^npm install (.+)$/m.exec(shown('sh'))?.[1]?.split(' ') ?? [];
  expect(packages).toContain('@telemetryflow/sdk');
  const backend = await fakeOtlp();

  const begun = performance.now();
  await npmInstall(folder, packages, registry);
  const installed = performance.now();
  // The port of the README may be taken here.
  writeFileSync(path.join(folder, 'app.mjs'), program.replace(ENDPOINT, backend.url));
  const { status, said } = await runToEnd(nodeBinary('24'), ['app.mjs'], folder);
  const ended = performance.now();
  await backend.close();

  const seconds = (from: number, to: number): string => ((to - from) / 1000).toFixed(1);
  console.log(
    `A stranger's path: npm install ${seconds(begun, installed)} s, the program ${seconds(installed, ended)} s, ` +
      `from the empty folder to data at the backend ${seconds(begun, ended)} s`,
  );
  expect({ status, said }).toMatchObject({ status: 0, said: expect.stringMatching(/^\d+ items delivered, 0 dropped/) });
  const traces = backend.requests.filter((request) => request.path === '/v1/traces');
  expect(traces.flatMap((request) => decode('traces', otlpBody(request)))).toMatchObject([
    { name: 'checkout', resource: { attributes: { 'service.name': 'shop' } } },
  ]);
  expect((ended - begun) / 1000).toBeLessThan(MOST_SECONDS);
}, 480_000);
