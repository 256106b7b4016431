/** Every kind of bad configuration: exit code, position and advice. */
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { folder, telemetryflow } from './command.ts';

const files = folder();
afterAll(() => files.remove());

/** A module that exports a definition, as a copy of the kernel in another place would make it. */
function plugin(definition: object): string {
  return `export default { apiVersion: 1, description: 'A test.', config: { type: 'object', properties: {} },
    ...${JSON.stringify(definition)}, [Symbol.for('telemetryflow.definition')]: true };`;
}
files.file('hop.mjs', plugin({ kind: 'connector', type: 'hop', pairs: [['logs', 'logs']] }));
files.file('old.mjs', plugin({ kind: 'exporter', type: 'old', apiVersion: 99, signals: { logs: 'beta' } }));
files.file('nothing.mjs', 'export default 42;');

interface Case {
  readonly name: string;
  readonly yaml: string;
  /** Line and column, as printed. */
  readonly at: string;
  /** Everything the message must hold. */
  readonly says: readonly string[];
}

const logs = (receivers: string, exporters: string): string =>
  `service: { pipelines: { logs: { receivers: [${receivers}], exporters: [${exporters}] } } }\n`;

const CASES: readonly Case[] = [
  {
    name: 'malformed YAML',
    yaml: 'receivers: { otlp: {}\n',
    at: '2:1',
    says: ['not valid YAML', 'brackets', 'TFO_ERR_CONFIG_YAML'],
  },
  { name: 'a tab as indentation', yaml: 'exporters:\n\tdebug: {}\n', at: '2:1', says: ['not valid YAML', 'ab'] },
  {
    name: 'a key that is set twice',
    yaml: 'exporters:\n  debug: {}\n  debug: {}\n',
    at: '3:3',
    says: ['key "debug" is set twice', 'keep one'],
  },
  { name: 'a list where a file must hold keys', yaml: '- exporters\n', at: '1:1', says: ['a list'] },
  { name: 'an empty file', yaml: '', at: '1:1', says: ['no exporter is configured', 'add one under exporters'] },
  {
    name: 'a list where text belongs',
    yaml: 'exporters:\n  debug: { verbosity: [1] }\n',
    at: '2:23',
    says: ['exporters.debug.verbosity: expected text, got a list'],
  },
  {
    name: 'text where a number belongs',
    yaml: 'exporters:\n  debug: { batch_size: many }\n',
    at: '2:24',
    says: ['expected a whole number, got text'],
  },
  {
    name: 'text where keys belong',
    yaml: 'exporters: debug\n',
    at: '1:12',
    says: ['exporters: expected'],
  },
  {
    name: 'a duration without unit',
    yaml: 'exporters:\n  debug: { timeout: 30 }\n',
    at: '2:21',
    says: ['the duration 30 has no unit', 'write 30s'],
  },
  {
    name: 'yes in place of true',
    yaml: 'exporters:\n  debug: { enabled: yes }\n',
    at: '2:21',
    says: ['true'],
  },
  {
    name: 'an unknown option',
    yaml: 'exporters:\n  debug: { verbosty: basic }\n',
    at: '2:12',
    says: ['unknown key "verbosty"', 'did you mean "verbosity"?'],
  },
  {
    name: 'an unknown section',
    yaml: 'exporter:\n  debug: {}\n',
    at: '1:1',
    says: ['unknown key "exporter"', 'did you mean "exporters"?'],
  },
  {
    name: 'an unknown component with a near name',
    yaml: 'exporters:\n  prometheuss: {}\n',
    at: '2:3',
    says: ['unknown exporter "prometheuss"', 'did you mean "prometheus"?'],
  },
  {
    name: 'a component whose package is missing',
    yaml: 'exporters:\n  cassandra: {}\n',
    at: '2:3',
    says: ['tried @telemetryflow/exporter-cassandra and telemetryflow-exporter-cassandra', 'npm install'],
  },
  {
    name: 'a component of another kind',
    yaml: 'exporters:\n  host_metrics: {}\n',
    at: '2:3',
    says: ['"host_metrics" is a receiver, and you asked for an exporter'],
  },
  {
    name: 'a plugin that is not there',
    yaml: 'plugins: [telemetryflow-exporter-nowhere]\nexporters: { debug: {} }\n',
    at: '1:11',
    says: ['telemetryflow-exporter-nowhere', 'npm install'],
  },
  {
    name: 'a plugin for another apiVersion',
    yaml: 'plugins: [./old.mjs]\nexporters: { old: {} }\n',
    at: '1:11',
    says: ['99', '1'],
  },
  {
    name: 'a plugin that exports no component',
    yaml: 'plugins: [./nothing.mjs]\nexporters: { debug: {} }\n',
    at: '1:11',
    says: ['does not export a component'],
  },
  {
    name: 'a reference to what is not configured',
    yaml: `receivers: { otlp: {} }\nexporters: { debug: {} }\n${logs('otlp', 'debg')}`,
    at: '3:64',
    says: ['exporter "debg" is not configured', 'did you mean "debug"?'],
  },
  {
    name: 'a signal that an exporter does not support',
    yaml: `receivers: { otlp: {} }\nexporters: { prometheus: { endpoint: "http://127.0.0.1:9" } }\n${logs('otlp', 'prometheus')}`,
    at: '3:64',
    says: ['exporter "prometheus" does not support logs', 'it supports metrics', 'remove it from pipeline "logs"'],
  },
  {
    name: 'a cycle',
    yaml: `plugins: [./hop.mjs]
receivers: { otlp: {} }
connectors: { hop/there: {}, hop/back: {} }
exporters: { debug: {} }
service:
  pipelines:
    logs/one: { receivers: [otlp, hop/back], exporters: [hop/there] }
    logs/two: { receivers: [hop/there], exporters: [hop/back, debug] }
`,
    at: '',
    says: ['hop/there', 'hop/back', 'logs/one', 'logs/two'],
  },
];

describe('is refused with exit 78, its position and advice:', () => {
  for (const [index, { name, yaml, at, says }] of CASES.entries()) {
    test(name, async () => {
      const file = files.file(`case-${index}.yaml`, yaml);
      const { code, out, err } = await telemetryflow('validate', '--config', file);
      expect({ code, out }).toEqual({ code: 78, out: '' });
      expect(err).toMatch(new RegExp(`^\\S*case-${index}\\.yaml:${at === '' ? '\\d+:\\d+' : at} `, 'm'));
      for (const text of says) expect(err).toContain(text);
      expect(err).toMatch(/\[TFO_ERR_CONFIG_[A-Z_]+\]$/m);
    });
  }

  test('a file that is not there', async () => {
    const file = path.join(path.dirname(files.file('x', '')), 'nosuch.yaml');
    const { code, err } = await telemetryflow('validate', '--config', file);
    expect(code).toBe(78);
    expect(err).toContain(`cannot read ${file}: there is no such file`);
  });

  test('a folder in place of a file', async () => {
    const dir = path.join(path.dirname(files.file('x', '')), 'folder.yaml');
    mkdirSync(dir);
    const { code, err } = await telemetryflow('validate', '--config', dir);
    expect(code).toBe(78);
    expect(err).toContain(`cannot read ${dir}: it is a directory`);
  });

  test.each(['run', 'graph', 'print-config'])('also by %s', async (command) => {
    const file = files.file('bad.yaml', 'exporters:\n  debug: { verbosty: basic }\n');
    const { code, out, err } = await telemetryflow(command, '--config', file);
    expect({ code, out }).toEqual({ code: 78, out: '' });
    expect(err).toContain('bad.yaml:2:12');
  });

  test('all problems of a file at once, each with the lines around it', async () => {
    const file = files.file(
      'many.yaml',
      'exporters:\n  debug:\n    verbosty: basic\n    timeout: 30\n    batch_size: many\n',
    );
    const { err } = await telemetryflow('validate', '--config', file);
    expect(err).toContain('the configuration has 3 problems');
    expect(err).toContain('  > 3 |     verbosty: basic\n      |     ^');
    for (const at of ['3:5', '4:14', '5:17']) expect(err).toContain(`many.yaml:${at} `);
  });
});

test('a port in use ends run with 1, naming port and option', async () => {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  const { port } = holder.address() as { port: number };
  try {
    const file = files.file(
      'port.yaml',
      `receivers: { otlp: { protocols: { http: { endpoint: "127.0.0.1:${port}" } } } }\nexporters: { debug: {} }\n`,
    );
    const { code, out, err } = await telemetryflow('run', '--config', file);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(`127.0.0.1:${port} is in use`);
    expect(err).toContain('protocols.http.endpoint');
  } finally {
    await new Promise((resolve) => holder.close(resolve));
  }
});
