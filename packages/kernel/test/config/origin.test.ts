import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import {
  type ConfigSource,
  defineExporter,
  describeOrigin,
  nearestOrigin,
  printConfig,
  printOrigins,
  type Resolution,
  resolveConfig,
} from '@telemetryflow/kernel';
import { parse } from 'yaml';
import { lookup } from './definitions.ts';
import { resolveText } from './fixtures.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'telemetryflow-origin-'));
const secretFile = path.join(folder, 'token');
writeFileSync(secretFile, 'from-a-file\n');
afterAll(() => rmSync(folder, { recursive: true }));

interface Row {
  readonly path: string;
  readonly value: unknown;
  readonly origin: string;
}

async function rows(resolution: Resolution): Promise<readonly Row[]> {
  return JSON.parse(await printOrigins(resolution, 'json'));
}

/** The origin of each value that is not a default, by path. */
async function written(resolution: Resolution): Promise<Record<string, string>> {
  const all = await rows(resolution);
  return Object.fromEntries(all.filter((row) => row.origin !== 'default').map((row) => [row.path, row.origin]));
}

describe('a value says where it came from', () => {
  test('line and column of the file that won, the variable, the file, the default', async () => {
    const sources: readonly ConfigSource[] = [
      {
        text: 'exporters:\n  loki:\n    endpoint: http://a\n    tenant_id: ${TENANT}\n    level: 3\n',
        name: 'base.yaml',
      },
      {
        text: [
          'exporters:',
          '  loki:',
          '    level: 4',
          '    site: ${SITE:-eu1}',
          `    bearer_token: "x \${file:${secretFile}}"`,
          '    labels: { a.b: "${HOSTNAME}", c: "${NOTHING}", d: one }',
          '    hosts: [h1, "${TENANT}-${TENANT}"]',
        ].join('\n'),
        name: 'prod.yaml',
      },
    ];
    const resolution = await resolveConfig(sources, { plugins: lookup(), env: { TENANT: 'acme' } });
    expect(await rows(resolution)).toEqual(
      expect.arrayContaining([
        { path: 'exporters.loki.labels.a.b', value: hostname(), origin: 'host name for $HOSTNAME at prod.yaml:6:20' },
        { path: 'exporters.loki.token', value: '[REDACTED]', origin: `file ${secretFile} at prod.yaml:5:19` },
      ]),
    );
    expect(await written(resolution)).toEqual({
      'exporters.loki.endpoint': 'base.yaml:3:15',
      'exporters.loki.tenant_id': '$TENANT at base.yaml:4:16',
      'exporters.loki.level': 'prod.yaml:3:12',
      'exporters.loki.site': 'default for $SITE at prod.yaml:4:11',
      'exporters.loki.token': `file ${secretFile} at prod.yaml:5:19`,
      'exporters.loki.labels.a.b': 'host name for $HOSTNAME at prod.yaml:6:20',
      'exporters.loki.labels.c': 'unset $NOTHING at prod.yaml:6:38',
      'exporters.loki.labels.d': 'prod.yaml:6:55',
      'exporters.loki.hosts[0]': 'prod.yaml:7:13',
      'exporters.loki.hosts[1]': '$TENANT, $TENANT at prod.yaml:7:17',
      'service.pipelines.logs.exporters[0]': 'no service.pipelines are written',
      'service.pipelines.logs.receivers': 'no service.pipelines are written',
      'service.pipelines.logs.processors': 'no service.pipelines are written',
    });
  });

  test('a list item of the short form has the place of the item', async () => {
    const resolution = await resolveText('integrations:\n  debug:\n    tags: [a:b,\n      c:d]\n');
    expect(await written(resolution)).toMatchObject({
      'exporters.debug.tags.a': 't.yaml:3:12',
      'exporters.debug.tags.c': 't.yaml:4:7',
    });
  });

  test('an empty map or list has the place where it was written', async () => {
    const resolution = await resolveText('exporters: {loki: {endpoint: "http://a", labels: {}, extra: {deep: []}}}');
    expect(await written(resolution)).toMatchObject({
      'exporters.loki.labels': 't.yaml:1:50',
      'exporters.loki.extra.deep': 't.yaml:1:68',
    });
  });

  test('a value set to nothing is the default', async () => {
    const resolution = await resolveText('exporters: {loki: {endpoint: "http://a", site: "${SITE:-}"}}');
    expect(describeOrigin(nearestOrigin(resolution.origins, ['exporters', 'loki', 'site']) ?? { kind: 'object' })).toBe(
      'default',
    );
  });

  test('a value of a JS object is given in code, or under the name the program has for it', async () => {
    const object = { exporters: { debug: { verbosity: 'detailed', tags: { a: '${A}' } } } };
    const resolution = await resolveConfig([{ object, substitute: true }], { plugins: lookup(), env: { A: 'x' } });
    expect(await written(resolution)).toMatchObject({
      'exporters.debug.verbosity': 'given in code',
      'exporters.debug.tags.a': '$A given in code',
    });
    expect(await printOrigins(resolution, 'yaml', { object: 'built-in configuration' })).toContain(
      'verbosity: detailed # built-in configuration\n',
    );
  });
});

describe('what no schema decoded says what it follows from', () => {
  const agentDefaults = { receivers: { otlp: {} } };

  test('default receivers, and the pipelines that use them', async () => {
    const resolution = await resolveText('exporters: {debug: {}}', {}, { agentDefaults });
    const found = await written(resolution);
    expect(Object.keys(found).filter((key) => key.startsWith('receivers.'))).not.toEqual([]);
    for (const [key, origin] of Object.entries(found)) {
      if (key.startsWith('receivers.')) expect(origin).toBe('no receivers are configured');
    }
    expect(found['service.pipelines.traces.receivers[0]']).toBe('no service.pipelines are written');
  });

  test('ids of a written pipeline have their own places, though disabled ones are gone', async () => {
    const text = [
      'receivers: {otlp: {}}',
      'exporters: {loki: {enabled: false}, debug: {}, debug/b: {}}',
      'service:',
      '  pipelines:',
      '    logs:',
      '      exporters: [loki, debug, debug/b]',
      '      receivers: [otlp]',
    ].join('\n');
    const found = await written(await resolveText(text));
    expect(Object.entries(found).filter(([key]) => key.startsWith('service.pipelines'))).toEqual([
      ['service.pipelines.logs.receivers[0]', 't.yaml:7:19'],
      ['service.pipelines.logs.exporters[0]', 't.yaml:6:25'],
      ['service.pipelines.logs.exporters[1]', 't.yaml:6:32'],
    ]);
  });

  test('a written pipeline that names no receivers', async () => {
    const text = 'exporters: {debug: {}}\nservice: {pipelines: {logs: {exporters: [debug]}}}';
    const found = await written(await resolveText(text, {}, { agentDefaults }));
    expect(found['service.pipelines.logs.receivers[0]']).toBe('the pipeline names no receivers at t.yaml:2:23');
  });

  test('extensions that are started because they are configured', async () => {
    const found = await written(await resolveText('exporters: {debug: {}}\nextensions: {health_check: {}}'));
    expect(found['service.extensions[0]']).toBe('no service.extensions are written');
  });

  test('instances of one block: their list entry, the top of the block, or the block as a whole', async () => {
    const relay = defineExporter<Relay>({
      type: 'relay',
      description: 'Sends to several.',
      signals: { logs: 'stable' },
      reads: 'records',
      config: {
        type: 'object',
        properties: {
          timeout: { type: 'string', unit: 'duration', default: '9s', description: 'Time.' },
          region: { type: 'string', default: 'x', description: 'Region.' },
          attempts: { type: 'integer', description: 'Set by expand.' },
          url: { type: 'string', description: 'Set by expand.' },
          list: {
            type: 'array',
            description: 'Targets.',
            items: {
              type: 'object',
              description: 'One.',
              properties: { url: { type: 'string', description: 'URL.' } },
            },
          },
        },
      },
      expand: ({ list = [], ...top }) =>
        Object.fromEntries(list.map(({ url }, index) => [`n${index}`, { ...top, url, attempts: 3 }])),
      create: () => ({ encode: () => [], send: () => Promise.resolve({}) }),
    });
    const plugins = { ...lookup(), find: () => Promise.resolve(relay) };
    const text = 'exporters:\n  relay:\n    region: y\n    list:\n      - { url: one }\n      - { url: one }\n';
    const resolution = await resolveConfig([{ text, name: 't.yaml' }], { plugins, env: {} });
    const found = Object.fromEntries((await rows(resolution)).map((row) => [row.path, row.origin]));
    expect(found).toMatchObject({
      'exporters.relay/n0.url': 't.yaml:5:16',
      'exporters.relay/n1.url': 't.yaml:6:16',
      'exporters.relay/n1.region': 't.yaml:3:13',
      'exporters.relay/n1.timeout': 'default',
      'exporters.relay/n1.attempts': 'exporters.relay at t.yaml:2:3',
    });
  });
});

interface Relay {
  readonly timeout: number;
  readonly region: string;
  readonly attempts?: number;
  readonly url?: string;
  readonly list?: readonly { readonly url: string }[];
}

test('the YAML reads back as the configuration that is printed without origins, and every value has one', async () => {
  const text = `
receivers: {otlp: {}}
exporters:
  loki: {endpoint: "http://a", labels: {}, extra: {deep: [], text: "a # b\\nc: d"}, hosts: ["x: y"]}
  debug: {}
`;
  const resolution = await resolveText(text);
  const printed = await printOrigins(resolution, 'yaml');
  expect(parse(printed)).toEqual(parse(await printConfig(resolution.config)));
  for (const row of await rows(resolution)) expect(row.origin).toMatch(/^(default|t\.yaml:\d+:\d+|no service\.)/);
});

test('no value of a variable or a file is shown', async () => {
  const text = 'exporters: {loki: {endpoint: "http://a", token: "${TOKEN}"}}';
  const resolution = await resolveText(text, { TOKEN: 'top-secret-token' });
  for (const format of ['yaml', 'json'] as const) {
    const printed = await printOrigins(resolution, format);
    expect(printed).not.toContain('top-secret-token');
    expect(printed).toContain('$TOKEN at t.yaml:1:49');
  }
});
