import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { folder, telemetryflow } from './command.ts';

const files = folder();
afterAll(() => files.remove());

const good = files.file(
  'good.yaml',
  `receivers: { otlp: {} }
processors: { batch: {} }
exporters:
  webhook: { url: "http://127.0.0.1:1/in", headers: { Authorization: Bearer top-secret }, timeout: 5s }
  debug: {}
service:
  pipelines:
    logs: { receivers: [otlp], processors: [batch], exporters: [webhook, debug] }
    traces: { receivers: [otlp], exporters: [debug] }
`,
);

describe('validate', () => {
  test('says in one line what is valid, and ends with 0', async () => {
    expect(await telemetryflow('validate', '--config', good)).toEqual({
      code: 0,
      out: 'The configuration is valid: 2 pipelines, 2 exporters.\n',
      err: '',
    });
  });

  test('merges several files in order', async () => {
    const more = files.file('more.yaml', 'exporters:\n  webhook: { timeout: 30 }\n');
    const { code, err } = await telemetryflow('validate', '-c', good, '-c', more);
    expect(code).toBe(78);
    expect(err).toContain('more.yaml:2:23 exporters.webhook.timeout: the duration 30 has no unit');
  });

  test('prints warnings and still ends with 0, but with --strict ends with 78', async () => {
    const warned = files.file('warned.yaml', 'exporters:\n  debug: { tags: { region: "${TELEMETRYFLOW_NO_SUCH}" } }\n');
    const lenient = await telemetryflow('validate', '--config', warned);
    expect(lenient.code).toBe(0);
    expect(lenient.err).toMatch(/^warning: .*warned\.yaml:2:\d+ .*TELEMETRYFLOW_NO_SUCH/m);
    const strict = await telemetryflow('validate', '--strict', '--config', warned);
    expect(strict.code).toBe(78);
    expect(strict.err).toContain('--strict');
  });

  test('says which receivers it adds where none are named', async () => {
    const bare = files.file('bare.yaml', 'exporters:\n  debug: {}\n');
    const { code, err } = await telemetryflow('validate', '--config', bare);
    expect(code).toBe(0);
    expect(err).toMatch(/otlp.*host_metrics/);
  });
});

describe('print-config', () => {
  test.each([
    ['yaml', (text: string): unknown => parse(text)],
    ['json', (text: string): unknown => JSON.parse(text)],
  ])('prints %s that can be read back, secrets redacted', async (format, read) => {
    const { code, out, err } = await telemetryflow('print-config', '--format', format, '--config', good);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).not.toContain('top-secret');
    expect(out).toContain('[REDACTED]');
    expect(read(out)).toMatchObject({
      receivers: { otlp: {} },
      service: { pipelines: { logs: { receivers: ['otlp'], processors: ['batch'], exporters: ['webhook', 'debug'] } } },
    });
  });

  test('shows the short form in the native layout', async () => {
    const short = files.file(
      'short.yaml',
      'integrations:\n  prometheus: { enabled: true, endpoint: "http://p:9090" }\n',
    );
    const { code, out } = await telemetryflow('print-config', '--config', short);
    expect(code).toBe(0);
    expect(parse(out)).toMatchObject({
      exporters: { prometheus: { endpoint: 'http://p:9090' } },
      service: { pipelines: { metrics: { receivers: ['otlp', 'host_metrics'], exporters: ['prometheus'] } } },
    });
  });
});

describe('print-config --origin', () => {
  test('says behind each value where it came from, secrets redacted', async () => {
    const { code, out, err } = await telemetryflow('print-config', '--origin', '--config', good);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`    timeout: 5s # ${good}:4:100\n`);
    expect(out).toContain(`      Authorization: "[REDACTED]" # ${good}:4:70\n`);
    expect(out).toContain('    retry_attempts: 3 # default\n');
    expect(parse(out)).toEqual(parse((await telemetryflow('print-config', '--config', good)).out));
  });

  test('--format json prints one entry per value', async () => {
    const { out } = await telemetryflow('print-config', '--origin', '--format', 'json', '--config', good);
    expect(JSON.parse(out)).toContainEqual({
      path: 'service.pipelines.logs.receivers[0]',
      value: 'otlp',
      origin: `${good}:8:25`,
    });
  });
});

describe('components', () => {
  test('lists kind, type, version, signals and place of every installed component', async () => {
    const { code, out } = await telemetryflow('components');
    const [head, ...rows] = out.trimEnd().split('\n');
    expect(code).toBe(0);
    expect(head).toMatch(/^KIND +TYPE +VERSION +SIGNALS +PATH$/);
    expect(rows).toContainEqual(expect.stringMatching(/^exporter +prometheus +\d+\.\d+\.\d+ +metrics \w+ +\S+$/));
    expect(rows).toContainEqual(expect.stringMatching(/^receiver +otlp +.*traces \w+, metrics \w+, logs \w+/));
  });

  test('--json prints the same as JSON', async () => {
    const { code, out } = await telemetryflow('components', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toContainEqual(
      expect.objectContaining({
        kind: 'exporter',
        type: 'debug',
        package: '@telemetryflow/exporter-debug',
        signals: { traces: 'stable', metrics: 'stable', logs: 'stable' },
      }),
    );
  });
});

describe('schema', () => {
  const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
  const example = /```yaml\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';

  test('prints JSON Schema 2020-12 that takes the README example and refuses mistakes', async () => {
    const { code, out } = await telemetryflow('schema');
    expect(code).toBe(0);
    const schema = JSON.parse(out);
    expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
    const check = new Ajv2020({ strict: false }).compile(schema);
    expect([check(parse(example)), check.errors]).toEqual([true, null]);
    expect(check(parse(example.replace('prometheus:', 'prometheuss:')))).toBe(false);
    expect(check(parse(example.replace('host_metrics: {}', 'host_metrics: { collection_intervall: 10s }')))).toBe(
      false,
    );
    expect(check(parse(example.replace('host_metrics: {}', 'host_metrics: { collection_interval: [] }')))).toBe(false);
  });
});

describe('graph', () => {
  test('prints a Mermaid flowchart with one subgraph per pipeline', async () => {
    expect(await telemetryflow('graph', '--config', good)).toEqual({
      code: 0,
      err: '',
      out: `flowchart LR
  n0(["otlp"])
  n1[["webhook"]]
  n2[["debug"]]
  subgraph "logs"
    p1_0["batch"]
  end
  n0 --> p1_0
  p1_0 --> n1
  p1_0 --> n2
  subgraph "traces"
  end
  n0 -->|traces| n2
`,
    });
  });
});

describe('the command line', () => {
  test.each([
    [['valdate'], "unknown command 'valdate'", 'Did you mean validate?'],
    [['validate', '--cnfig', 'x'], "unknown option '--cnfig'", 'Did you mean --config?'],
    [['validate', '--config'], "option '-c, --config <file>' argument missing", ''],
    [['run', '--log-format', 'xml'], "argument 'xml' is invalid", 'Allowed choices are text, json'],
    [['print-config', '--format', 'toml'], "argument 'toml' is invalid", 'Allowed choices are yaml, json'],
    [['graph', 'surplus'], 'too many arguments', ''],
    [[], 'Usage: telemetryflow', 'Commands:'],
  ])('%j is a usage error: exit 2', async (args, message, advice) => {
    const { code, out, err } = await telemetryflow(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
    expect(err).toContain(advice);
  });

  test('--help and --version end with 0 and write to standard output', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
    expect(await telemetryflow('--version')).toEqual({ code: 0, out: `${version}\n`, err: '' });
    const help = await telemetryflow('--help');
    expect(help).toMatchObject({ code: 0, err: '' });
    for (const command of ['run', 'validate', 'print-config', 'components', 'schema', 'graph'])
      expect(help.out).toContain(`  ${command}`);
  });
});
