import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, describe, expect, test } from '@jest/globals';
import { createPluginLookup, defineExporter } from '@telemetryflow/kernel';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { execute } from '../src/cli.ts';
import { componentLines } from '../src/starter/component-lines.ts';
import { asker } from '../src/terminal.ts';
import { folder, telemetryflow } from './command.ts';

const files = folder();
const environment = { ...process.env };
afterAll(() => {
  process.env = environment;
  files.remove();
});

let count = 0;
/** A file that is not there yet, in a folder of its own. */
function newFile(): string {
  return path.join(path.dirname(files.file('x', '')), `${++count}.yaml`);
}

async function written(...args: readonly string[]): Promise<{ readonly file: string; readonly text: string }> {
  const file = newFile();
  const { code, err } = await telemetryflow('init', '--output', file, ...args);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return { file, text: readFileSync(file, 'utf8') };
}

/** What `validate` says of a file, with every variable that its head lists set to something. */
async function validated(file: string): Promise<string> {
  process.env = { ...environment };
  const [, needed = ''] = /Set these[^\n]*\n((?:# {3}.*\n)+)/.exec(readFileSync(file, 'utf8')) ?? [];
  for (const [, name = '', option = ''] of needed.matchAll(/^# {3}([A-Z_]+): (\S+)\./gm)) {
    process.env[name] = /(url|endpoint)$/.test(option) ? 'http://stand-in.invalid' : 'abc12345';
  }
  const { out, err } = await telemetryflow('validate', '--config', file);
  process.env = environment;
  return err.includes('problem') ? err : out;
}

const installed = await createPluginLookup({ resolveFrom: import.meta.url }).installed();
const typesOf = (kind: string): readonly string[] =>
  installed.filter((each) => each.kind === kind).map(({ type }) => type);
const exporters = typesOf('exporter');
const processors = typesOf('processor');

describe('what it writes', () => {
  test('is valid for every exporter, and tells which variables to set', async () => {
    expect(exporters.length).toBeGreaterThan(15);
    for (const type of exporters) {
      const { file, text } = await written('--exporters', type);
      expect([type, await validated(file)]).toEqual([type, expect.stringContaining('The configuration is valid')]);
      expect(Object.keys(parse(text).exporters)).toEqual([type]);
    }
  });

  test('is valid for everything at once, and for the schema it names', async () => {
    const { file, text } = await written(
      ...['--exporters', exporters.join(','), '--processors', processors.join(','), '--receivers', 'otlp,host_metrics'],
    );
    expect(await validated(file)).toContain('The configuration is valid');
    const named = /^# yaml-language-server: \$schema=(\S+)$/.exec(text.split('\n')[0] ?? '')?.[1] ?? '';
    const schema = JSON.parse(readFileSync(path.join(path.dirname(file), named), 'utf8'));
    const check = new Ajv2020({ strict: false }).compile(schema);
    expect([check(parse(text)), check.errors]).toEqual([true, null]);
    expect(JSON.stringify(schema).length).toBeLessThan(500_000);
  });

  test('stays valid when the options that show a default are uncommented', async () => {
    for (const type of exporters) {
      const { file, text } = await written('--exporters', type);
      const options = /^( {4})# ([a-z_]+: (?!\$)\S.* # .*)$/gm;
      expect(text).toMatch(options);
      files.file(path.basename(file), text.replaceAll(options, '$1$2'));
      expect([type, await validated(file)]).toEqual([type, expect.stringContaining('The configuration is valid')]);
    }
  });

  test('explains each option it sets, and gives each pipeline what its exporters take', async () => {
    const { text } = await written('--exporters', 'loki,datadog', '--receivers', 'otlp,hostmetrics');
    expect(text).toContain('  # Sends logs to Grafana Loki.\n  loki:\n    # URL of Loki;');
    expect(text).toContain('    endpoint: ${LOKI_ENDPOINT:-http://localhost:3100}\n');
    expect(text).toContain('    # password: ${LOKI_PASSWORD}  # Password for Basic authentication.\n');
    expect(text).toMatch(
      /^# Set these environment variables before the start:\n# {3}DATADOG_API_KEY: exporters\.datadog\.api_key\. API key/m,
    );
    expect(parse(text).service.pipelines).toEqual({
      traces: { receivers: ['otlp'], exporters: ['datadog'] },
      metrics: { receivers: ['otlp', 'host_metrics'], exporters: ['datadog'] },
      logs: { receivers: ['otlp'], exporters: ['loki', 'datadog'] },
    });
  });

  test('does not measure the host for an exporter that takes no metrics', async () => {
    const { text } = await written('--exporters', 'loki');
    expect(Object.keys(parse(text).receivers)).toEqual(['otlp']);
  });

  test('is refused by start until the variables are set', async () => {
    const { file } = await written('--exporters', 'datadog');
    const { code, err } = await telemetryflow('validate', '--config', file);
    expect(code).toBe(78);
    expect(err).toContain('set DATADOG_API_KEY');
  });

  test('sets what a component requires that suggests nothing', () => {
    const acme = defineExporter<{ url: string; hosts: string[]; mode: string; key?: string }>({
      type: 'acme',
      description: 'Sends to Acme.',
      signals: { logs: 'stable' },
      reads: 'records',
      config: {
        type: 'object',
        required: ['url', 'hosts', 'mode'],
        properties: {
          url: { type: 'string', format: 'url', description: 'Where.' },
          hosts: { type: 'array', items: { type: 'string', description: 'One.' }, description: 'Hosts.' },
          mode: { type: 'string', enum: ['push', 'pull'], description: 'Mode.' },
          key: { type: 'string', secret: true, description: 'Key.' },
        },
      },
      create: () => ({ encode: () => [], send: () => Promise.resolve({}) }),
    });
    const { lines, variables } = componentLines(acme, 'exporters', 'telemetryflow-exporter-acme');
    expect(lines.join('\n')).toBe(`# Sends to Acme.
acme:
  # Where.
  url: \${ACME_URL}
  # Hosts.
  hosts:
    - \${ACME_HOSTS}
  # Mode.
  mode: push
  # Further options, with their defaults:
  # key: \${ACME_KEY}  # Key.
  # Every option is explained in the README of telemetryflow-exporter-acme.`);
    expect(variables.map(({ name }) => name)).toEqual(['ACME_URL', 'ACME_HOSTS']);
  });
});

describe('what it says', () => {
  test('names what it wrote, what to set and what comes next', async () => {
    const file = newFile();
    const { out } = await telemetryflow('init', '--exporters', 'newrelic', '--output', file);
    expect(out).toContain(`Written: ${file} and telemetryflow.schema.json`);
    expect(out).toContain('Set before the start:\n  NEWRELIC_LICENSE_KEY\n');
    expect(out).toContain(`telemetryflow run --config ${file}`);
  });

  test.each([
    [['--exporters', 'lokki'], 'unknown exporter "lokki"', 'did you mean "loki"?'],
    [['--exporters', 'loki', '--receivers', 'otpl'], 'unknown receiver "otpl"', 'did you mean "otlp"?'],
    [['--exporters', 'loki', '--processors', 'loki'], 'unknown processor "loki"', '"loki" is an exporter'],
    [['--exporters', ''], 'name at least one exporter', '--exporters debug'],
    [['--exportrs', 'loki'], "unknown option '--exportrs'", '--exporters'],
    [[], 'no terminal to ask on', '--exporters loki,datadog'],
  ])('%j is a usage error: exit 2, and nothing is written', async (args, message, advice) => {
    const file = newFile();
    const { code, out, err } = await telemetryflow('init', ...args, '--output', file);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
    expect(err).toContain(advice);
    expect(existsSync(file)).toBe(false);
  });

  test('a file that is there stays, unless --force is given', async () => {
    const file = files.file('mine.yaml', 'mine');
    const { code, err } = await telemetryflow('init', '--exporters', 'loki', '--output', file);
    expect({ code, text: readFileSync(file, 'utf8') }).toEqual({ code: 2, text: 'mine' });
    expect(err).toContain('--force');
    expect((await telemetryflow('init', '--exporters', 'loki', '--output', file, '--force')).code).toBe(0);
    expect(readFileSync(file, 'utf8')).toContain('loki:');
  });
});

describe('on a terminal', () => {
  /** `init` with a person who gives these answers, one line each, and then closes the input. */
  async function asked(answers: readonly string[], ...args: readonly string[]) {
    const input = new PassThrough();
    const output = new PassThrough();
    const left = [...answers];
    output.setEncoding('utf8').on('data', (text: string) => {
      if (!/[?\]] $/.test(text)) return;
      const answer = left.shift();
      if (answer === undefined) input.end();
      else input.write(`${answer}\n`);
    });
    const file = newFile();
    let err = '';
    const terminal = {
      out: () => {},
      err: (text: string): void => {
        err += text;
      },
      ask: asker(input, output),
    };
    const code = await execute(['node', 'telemetryflow', 'init', '--output', file, ...args], terminal);
    return { code, err, config: existsSync(file) ? parse(readFileSync(file, 'utf8')) : undefined };
  }

  test('asks where telemetry goes and where it comes from', async () => {
    const { code, err, config } = await asked(['prometheus, loki', 'otlp']);
    expect(code).toBe(0);
    expect(err).toContain('Exporters: cloudwatch, coroot, datadog');
    expect(Object.keys(config.exporters)).toEqual(['prometheus', 'loki']);
    expect(Object.keys(config.receivers)).toEqual(['otlp']);
  });

  test('an empty answer takes the default', async () => {
    const { config } = await asked(['prometheus', '']);
    expect(Object.keys(config.receivers)).toEqual(['otlp', 'host_metrics']);
  });

  test('asks only for what no option says', async () => {
    const { config } = await asked(['prometheus'], '--receivers', 'otlp');
    expect(Object.keys(config.receivers)).toEqual(['otlp']);
  });

  test('an input that ends is a usage error, not a hang', async () => {
    const { code, err, config } = await asked([]);
    expect({ code, config }).toEqual({ code: 2, config: undefined });
    expect(err).toContain('the input ended');
  });
});
