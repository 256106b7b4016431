import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { OFFICIAL_TYPES } from '@telemetryflow/kernel';
import { parse } from 'yaml';
import { execute } from '../src/cli.ts';
import { readFlags } from '../src/flags.ts';
import { type Project, projectFiles, runningFiles } from '../src/project/files.ts';
import { variablesIn } from '../src/project/variables.ts';

const parent = mkdtempSync(path.join(tmpdir(), 'telemetryflow-create-'));
const before = process.env['npm_execpath'];
afterEach(() => {
  if (before === undefined) delete process.env['npm_execpath'];
  else process.env['npm_execpath'] = before;
});
afterAll(() => rmSync(parent, { recursive: true, force: true }));

async function create(
  args: readonly string[],
  ask?: (question: string) => Promise<string>,
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  let out = '';
  let err = '';
  const write = (text: string): void => {
    out += text;
  };
  const say = (text: string): void => {
    err += text;
  };
  const code = await execute(args, { out: write, err: say, ask });
  return { code, out, err };
}

/** Stands in for npm and the agent it installs: npm writes an `agent.js` that writes a configuration. */
function npmThat(source: string): void {
  const file = path.join(mkdtempSync(path.join(parent, 'npm-')), 'npm-cli.js');
  writeFileSync(file, source);
  process.env['npm_execpath'] = file;
}
const AGENT = `
const fs = require('node:fs');
fs.writeFileSync('npm-args.json', JSON.stringify(process.argv.slice(2)));
fs.writeFileSync('agent.js', "import fs from 'node:fs'; fs.writeFileSync('agent-args.json', JSON.stringify(process.argv.slice(2))); fs.writeFileSync('telemetry.yaml', 'api_key: \${DATADOG_API_KEY}\\\\nhost: \${LISTEN_HOST:-127.0.0.1}\\\\n# \${UNUSED}\\\\n');");
`;

describe('the command line', () => {
  test('takes types under any of their names, each once', () => {
    expect(readFlags(['my-agent', '--exporters', 'loki, otlphttp,loki', '--receivers=hostmetrics,otlp'])).toEqual({
      folder: 'my-agent',
      exporters: ['loki', 'otlp_http'],
      receivers: ['host_metrics', 'otlp'],
      processors: [],
    });
    expect(readFlags(['--processors', 'memory-limiter'])).toMatchObject({ processors: ['memory_limiter'] });
  });

  test.each([
    [['a', '--exporters', 'lokki'], 'unknown exporter "lokki"; did you mean "loki"?'],
    [['a', '--exporters', 'loki', '--receivers', 'otpl'], 'unknown receiver "otpl"; did you mean "otlp"?'],
    [
      ['a', '--exporters', 'loki', '--processors', 'zzzzzzzz'],
      'unknown processor "zzzzzzzz"; there are attributes, batch',
    ],
    [['a', '--exportrs', 'loki'], 'unknown option --exportrs; did you mean "--exporters"?'],
    [['a', '--exporters'], '--exporters needs types'],
    [['a', '--exporters', '--receivers', 'otlp'], '--exporters needs types'],
    [['a', 'b', '--exporters', 'loki'], 'two folders are named: a and b'],
    [['A b', '--exporters', 'loki'], '"A b" cannot name a package'],
    [['a'], 'name a folder and at least one exporter'],
    [[], 'Usage: npm create @telemetryflow/agent'],
  ])('%j is a usage error: exit 2, and nothing is written', async (args, message) => {
    const found = readdirSync(process.cwd());
    const { code, out, err } = await create(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
    expect(readdirSync(process.cwd())).toEqual(found);
  });

  test('--help ends with 0', async () => {
    expect(await create(['--help'])).toEqual({ code: 0, err: '', out: expect.stringContaining('--exporters <types>') });
  });

  test('a folder that holds something is refused, and stays as it is', async () => {
    const folder = path.join(parent, 'full');
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'mine.txt'), 'mine');
    const { code, err } = await create([folder, '--exporters', 'loki']);
    expect(code).toBe(2);
    expect(err).toContain('is not empty: it holds mine.txt');
    expect(readdirSync(folder)).toEqual(['mine.txt']);
  });
});

describe('creating', () => {
  test('installs exact versions, lets the agent write its configuration, and says what to set', async () => {
    npmThat(AGENT);
    const folder = path.join(parent, 'agent-1');
    const { code, out } = await create([folder, '--exporters', 'loki,datadog', '--processors', 'batch']);
    expect(code).toBe(0);
    const read = (file: string): string => readFileSync(path.join(folder, file), 'utf8');
    expect(JSON.parse(read('npm-args.json'))).toEqual([
      ...['install', '--save-exact', '--no-audit', '--no-fund', '@telemetryflow/cli'],
      ...['@telemetryflow/receiver-otlp', '@telemetryflow/receiver-host-metrics', '@telemetryflow/processor-batch'],
      ...['@telemetryflow/exporter-loki', '@telemetryflow/exporter-datadog', '@telemetryflow/extension-health-check'],
    ]);
    expect(JSON.parse(read('agent-args.json'))).toEqual([
      ...['init', '--output', 'telemetry.yaml', '--exporters', 'loki,datadog'],
      ...['--receivers', 'otlp,host_metrics', '--processors', 'batch'],
    ]);
    expect(read('.env.example')).toMatch(/\nDATADOG_API_KEY=\n# LISTEN_HOST=127\.0\.0\.1\n$/);
    expect(out).toMatch(/Created .*agent-1 in \d+\.\d s/);
    expect(out).toContain('cp .env.example .env     and fill in DATADOG_API_KEY\n  npm start\n');
  });

  test.each([
    ['process.exit(7)', 'npm install ended with 7'],
    ["require('node:fs').writeFileSync('agent.js', 'process.exit(3)')", 'agent.js init --output telemetry.yaml'],
  ])('when a step fails (%s) it says which, and ends with 1', async (source, message) => {
    npmThat(source);
    const folder = path.join(parent, `failed-${source.length}`);
    const { code, out, err } = await create([folder, '--exporters', 'loki']);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(message);
    expect(err).toContain(`Remove the folder to begin anew`);
  });

  test('on a terminal it asks for folder and exporters', async () => {
    npmThat(AGENT);
    const folder = path.join(parent, 'asked');
    const questions: string[] = [];
    const { code } = await create([], async (question) => {
      questions.push(question);
      return question.startsWith('Folder') ? folder : 'otlphttp, webhook';
    });
    expect(code).toBe(0);
    expect(questions).toEqual(['Folder? [my-agent] ', 'Where does telemetry go? [debug] ']);
    expect(JSON.parse(readFileSync(path.join(folder, 'npm-args.json'), 'utf8'))).toContain(
      '@telemetryflow/exporter-otlp-http',
    );
    expect(existsSync(path.join(folder, 'README.md'))).toBe(true);
  });

  test('a wrong answer is a usage error', async () => {
    const { code, err } = await create(['x'], async () => 'lokki');
    expect(code).toBe(2);
    expect(err).toContain('did you mean "loki"?');
  });
});

describe('the files', () => {
  const project: Project = {
    name: 'my-agent',
    exporters: ['loki', 'datadog'],
    receivers: ['otlp', 'host_metrics'],
    processors: [],
    extensions: ['health_check'],
  };
  const variables = variablesIn('a: ${DATADOG_API_KEY}\nb: "${env:ORG:?name it}"\nc: ${LISTEN_HOST:-127.0.0.1}:1\n');
  const files = { ...projectFiles(project), ...runningFiles(project, variables) };

  test('variables are those outside of comments, with their defaults', () => {
    expect(variables).toEqual([
      { name: 'DATADOG_API_KEY', required: true, fallback: '' },
      { name: 'ORG', required: true, fallback: '' },
      { name: 'LISTEN_HOST', required: false, fallback: '127.0.0.1' },
    ]);
  });

  test('the DaemonSet reads the host from a mount and what is required from a Secret', () => {
    const { spec, kind, metadata } = parse(files['deploy/daemonset.yaml'] ?? '');
    const [container] = spec.template.spec.containers;
    expect({ kind, name: metadata.name }).toEqual({ kind: 'DaemonSet', name: 'my-agent' });
    expect(spec.template.metadata.labels).toMatchObject(spec.selector.matchLabels);
    expect(container.env).toEqual([
      { name: 'LISTEN_HOST', value: '0.0.0.0' },
      { name: 'HOST_ROOT', value: '/hostfs' },
      { name: 'DATADOG_API_KEY', valueFrom: { secretKeyRef: { name: 'my-agent', key: 'DATADOG_API_KEY' } } },
      { name: 'ORG', valueFrom: { secretKeyRef: { name: 'my-agent', key: 'ORG' } } },
    ]);
    expect(container.volumeMounts[0].name).toBe(spec.template.spec.volumes[0].name);
    expect(container.ports.map((port: { containerPort: number }) => port.containerPort)).toEqual([13133, 4317, 4318]);
    expect(spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThan(25);
  });

  test('without host metrics nothing of the host is mounted, without OTLP no port of it is open', () => {
    const bare: Project = { ...project, receivers: [] };
    const { spec } = parse(runningFiles(bare, [])['deploy/daemonset.yaml'] ?? '').spec.template;
    expect(spec.volumes).toBeUndefined();
    expect(spec.containers[0].ports).toEqual([{ name: 'health', containerPort: 13133 }]);
    expect(projectFiles(bare)['Dockerfile']).toContain('\nEXPOSE 13133\n');
  });

  test('the unit waits longer than the agent takes to stop, and does not repeat what cannot succeed', () => {
    const unit = files['deploy/my-agent.service'] ?? '';
    const settings = Object.fromEntries([...unit.matchAll(/^(\w+)=(.*)$/gm)].map(([, key, value]) => [key, value]));
    expect(settings).toMatchObject({
      TimeoutStopSec: '30',
      RestartPreventExitStatus: '2 78',
      WantedBy: 'multi-user.target',
    });
    expect(unit.match(/^\[\w+\]$/gm)).toEqual(['[Unit]', '[Service]', '[Install]']);
  });

  test('the image copies only files that the project has', () => {
    const copied = [...(files['Dockerfile'] ?? '').matchAll(/^COPY (?!--from)(.*) \.\/$/gm)].flatMap(([, list = '']) =>
      list.split(' '),
    );
    const made = new Set([...Object.keys(files), 'package-lock.json', 'telemetry.yaml']);
    expect(copied.filter((file) => !made.has(file))).toEqual([]);
    expect(copied).toContain('telemetry.yaml');
  });

  test('the entry is JavaScript that passes its own address on, and no credential is in any file', () => {
    expect(files['agent.js']).toContain('resolveFrom: import.meta.url');
    expect(JSON.parse(files['package.json'] ?? '')).toMatchObject({ name: 'my-agent', private: true, type: 'module' });
    expect(files['.gitignore']).toContain('.env\n');
    expect(files['README.md']).toContain('fill in DATADOG_API_KEY, ORG');
  });
});

test('every official type can be chosen', () => {
  for (const { kind, type } of OFFICIAL_TYPES) {
    if (kind === 'extension' || kind === 'connector') continue;
    expect(readFlags([`--${kind}s`, type])).toMatchObject({ [`${kind}s`]: [type] });
  }
});
