/** A distribution with few components: every command does what it can with them, and names what it lacks. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, describe, expect, test } from '@jest/globals';
import debug from '@telemetryflow/exporter-debug';
import otlp from '@telemetryflow/receiver-otlp';
import { parse } from 'yaml';
import { execute } from '../src/cli.ts';
import type { Distro } from '../src/distro.ts';
import { asker } from '../src/terminal.ts';
import { commandOf, folder } from './command.ts';

const files = folder();
afterAll(() => files.remove());

const FEW: Distro = {
  components: [
    { definition: debug, package: '@telemetryflow/exporter-debug', version: '1.0.0' },
    { definition: otlp, package: '@telemetryflow/receiver-otlp', version: '1.0.0' },
  ],
};
const NONE: Distro = { components: [] };

const COLLECTOR = files.file(
  'otelcol.yaml',
  `receivers: { otlp: { protocols: { http: } }, hostmetrics: }
exporters: { debug: , loki: { endpoint: "http://a" }, loki/b: { endpoint: "http://b" } }
service: { pipelines: { logs: { receivers: [otlp], exporters: [debug, loki, loki/b] } } }
`,
);

describe('init', () => {
  test('takes the usual receivers that are there, and no extension that is not', async () => {
    const file = path.join(path.dirname(COLLECTOR), 'new.yaml');
    const { code, err } = await commandOf(FEW, 'init', '--exporters', 'debug', '--output', file);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const { receivers, extensions } = parse(readFileSync(file, 'utf8'));
    expect({ receivers: Object.keys(receivers), extensions }).toEqual({ receivers: ['otlp'], extensions: undefined });
  });

  test('says which exporters there are when asked for another', async () => {
    const { code, err } = await commandOf(FEW, 'init', '--exporters', 'kafka');
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringContaining('exporter "kafka" is not built in; This program has these exporters: debug.'),
    });
  });

  test('names the usual receiver when none is there', async () => {
    const only: Distro = { components: FEW.components?.slice(0, 1) ?? [] };
    const { code, err } = await commandOf(only, 'init', '--exporters', 'debug');
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('receiver "otlp" is not built in') });
  });

  test('does not ask where there is no exporter to choose', async () => {
    let err = '';
    const terminal = {
      out: () => {},
      err: (text: string): void => {
        err += text;
      },
      ask: asker(new PassThrough(), new PassThrough()),
    };
    expect(await execute(['node', 'telemetryflow', 'init'], terminal, NONE)).toBe(2);
    expect(err).toBe('error: no exporter is installed here; npm install one, as @telemetryflow/exporter-loki\n');
  });
});

test('convert converts what it does not have, and names it', async () => {
  const { code, out, err } = await commandOf(FEW, 'convert', COLLECTOR);
  expect(code).toBe(0);
  expect(Object.keys(parse(out).exporters)).toEqual(['debug', 'loki', 'loki/b']);
  expect(err).toBe('Not built in here: receiver host_metrics, exporter loki.\n');
});

test('convert says nothing of what is there', async () => {
  expect((await commandOf({}, 'convert', COLLECTOR)).err).toBe('');
});

test('components lists what is there, and says what to do where nothing is', async () => {
  expect(JSON.parse((await commandOf(FEW, 'components', '--json')).out)).toHaveLength(2);
  const { code, out, err } = await commandOf(NONE, 'components');
  expect({ code, out }).toEqual({ code: 0, out: 'KIND  TYPE  VERSION  SIGNALS  PATH\n' });
  expect(err).toBe('No component is installed here; npm install some, as @telemetryflow/exporter-loki\n');
});

test('schema holds what is there and nothing else', async () => {
  const { out } = await commandOf(FEW, 'schema');
  expect(out).toContain('"debug');
  expect(out).not.toContain('loki');
});

test('a configuration without receivers, where none is there, is refused with the usual one', async () => {
  const bare = files.file('bare.yaml', 'exporters: { debug: {} }\n');
  const only: Distro = { components: FEW.components?.slice(0, 1) ?? [] };
  const { code, err } = await commandOf(only, 'validate', '--config', bare);
  expect({ code, err }).toEqual({ code: 78, err: expect.stringContaining('receiver "otlp" is not built in') });
});

describe('a built-in configuration', () => {
  const config = { receivers: { otlp: {} }, exporters: { debug: {} } };

  test('is what it runs without --config', async () => {
    const { code, out } = await commandOf({ ...FEW, builtIn: { config, welcome: '' } }, 'validate');
    expect({ code, out }).toEqual({ code: 0, out: 'The configuration is valid: 3 pipelines, 1 exporter.\n' });
  });

  test('is not there unless the distribution has one: exit 2', async () => {
    for (const command of ['run', 'validate', 'print-config', 'graph', 'doctor']) {
      expect(await commandOf(FEW, command)).toEqual({
        code: 2,
        out: '',
        err: 'error: no configuration is built in: name one, as --config telemetry.yaml; `init` writes one\n',
      });
    }
  });
});
