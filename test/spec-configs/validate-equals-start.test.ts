/** A configuration that `validate` takes, `run` starts; one that it refuses, `run` refuses with the same words. */
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ConfigError } from '@telemetryflow/kernel';
import { execute } from '../../packages/cli/src/cli.ts';
import { run } from '../../packages/cli/src/commands/run.ts';
import { ExitCode } from '../../packages/cli/src/exit-code.ts';
import { type Mutant, mutants } from './mutations.ts';
import { environment } from './variables.ts';

const HERE = import.meta.dirname;
/** Where every configuration receives: a free port, so that nothing depends on what else runs here. */
const RECEIVERS = 'receivers: { otlp: { protocols: { http: { endpoint: "127.0.0.1:0" } } } }\n';
/** Every n-th slip of a file is tried; the offset differs by file, so that all kinds of slips come up. */
const EVERY = 13;

const folder = mkdtempSync(path.join(tmpdir(), 'telemetryflow-mutants-'));
const file = path.join(folder, 'telemetry.yaml');
const processEnvironment = { ...process.env };
beforeAll(() => {
  process.env = { ...process.env, ...environment() };
});
afterAll(() => {
  process.env = processEnvironment;
  rmSync(folder, { recursive: true, force: true });
});

/** Blocks of exporters that are written. */
const blocks = globSync('configs/*.yaml', { cwd: HERE })
  .filter((name) => existsSync(path.join(HERE, '../../packages/exporters', path.basename(name, '.yaml'))))
  .sort();
const sources = [...blocks, 'native.yaml'].map((name, at) => {
  const text = readFileSync(path.join(HERE, name), 'utf8');
  const tail = name === 'native.yaml' ? '' : RECEIVERS;
  const chosen = mutants(text, (i) => i % EVERY === at % EVERY);
  return { name, good: text + tail, bad: chosen.map(({ what, text: spoilt }) => ({ what, text: spoilt + tail })) };
});

interface Verdict {
  readonly code: ExitCode;
  readonly said: string;
}

async function verdict(attempt: (out: (text: string) => void) => Promise<ExitCode>): Promise<Verdict> {
  let said = '';
  const code = await attempt((text) => {
    said += text;
  });
  return { code, said };
}

const validated = (): Promise<Verdict> =>
  verdict((out) => execute(['node', 'telemetryflow', 'validate', '-c', file], { out, err: out }));

/** Starts everything for real and stops at once. */
const started = (): Promise<Verdict> =>
  verdict(async (out) => {
    try {
      return await run({ files: [file], logFormat: 'text', stop: AbortSignal.abort() }, { out, err: out });
    } catch (error) {
      if (!ConfigError.is(error)) throw error;
      out(`${error.message}\n`);
      return ExitCode.CONFIG;
    }
  });

test('there are more than 300 bad configurations', () => {
  const all = sources.flatMap(({ bad }) => bad);
  expect(all.length).toBeGreaterThan(300);
});

describe.each(sources)('$name', ({ good, bad }) => {
  test('is taken and started as it stands', async () => {
    writeFileSync(file, good);
    expect(await validated()).toMatchObject({ code: ExitCode.OK });
    expect(await started()).toMatchObject({ code: ExitCode.OK });
  });

  test.each(bad)('$what', async ({ text }: Mutant) => {
    writeFileSync(file, text);
    const before = await validated();
    const after = await started();
    // A port that another program has is no matter of the configuration.
    expect(after.said.includes('in use by another program') ? ExitCode.OK : after.code).toBe(before.code);
    if (before.code !== ExitCode.OK) {
      expect(after.said).toContain(before.said);
      expect(before.said).toMatch(/telemetry\.yaml:\d+:\d+ .+; .+ \[TFO_ERR_CONFIG_[A-Z_]+\]/);
    }
  });
});
