import { mkdtemp, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { type Environment, resolveConfig, Secret } from '@telemetryflow/kernel';
import fc from 'fast-check';
import { lookup } from './definitions.ts';
import { exporterConfig, places, refused, resolveText } from './fixtures.ts';

/** What the string option `tenant_id` becomes. */
async function tenant(written: string, env: Environment = {}): Promise<unknown> {
  const text = `exporters:\n  loki:\n    endpoint: http://a\n    tenant_id: ${written}\n`;
  return exporterConfig(await resolveText(text, env), 'loki')['tenant_id'];
}

test.each([
  ['${A}', { A: 'x' }, 'x'],
  ['${env:A}', { A: 'x' }, 'x'],
  ['"a-${A}-${B}"', { A: '1', B: '2' }, 'a-1-2'],
  ['${A:-d}', {}, 'd'],
  ['${A:-d}', { A: '' }, 'd'],
  ['${A:-d}', { A: 'x' }, 'x'],
  ['"${A:-}"', {}, ''],
  ['${A:?say it}', { A: 'x' }, 'x'],
  ['$$', {}, '$'],
  ['"$${A}"', { A: 'x' }, '${A}'],
  ['pa$word', {}, 'pa$word'],
  ['"5$"', {}, '5$'],
  ['${A}', { A: '${B}', B: 'never' }, '${B}'],
  ['${A}', { A: '0123' }, '0123'],
  ['${A}', { A: 'true' }, 'true'],
  ['${A}', { A: '{a: 1}\nb: 2' }, '{a: 1}\nb: 2'],
  ["'${A}'", { A: 'x' }, 'x'],
])('%s with %j is %s', async (written, env, value) => {
  expect(await tenant(written, env)).toBe(value);
});

test('whatever a variable holds, it arrives as it is and never becomes structure', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ minLength: 1 }), async (value) => {
      expect(await tenant('${A}', { A: value })).toBe(value);
      expect(await tenant('"${A:-x}"', { A: value })).toBe(value);
    }),
    { numRuns: 50 },
  );
});

test('HOSTNAME falls back to the name of the host', async () => {
  expect(await tenant('${HOSTNAME}', {})).toBe(hostname());
  expect(await tenant('${HOSTNAME}', { HOSTNAME: 'h' })).toBe('h');
});

test.each(['${', '${}', '${A', '${1A}', '${A-B}', '${yaml:a}', '${A:+b}'])(
  '%s is refused as malformed',
  async (written) => {
    const error = await refused(`exporters:\n  loki:\n    endpoint: http://a\n    tenant_id: "${written}"\n`);
    expect(places(error)).toEqual(['4:16 TFO_ERR_CONFIG_REFERENCE_SYNTAX']);
  },
);

test('an unset variable of a secret names file, line, column, key and variable', async () => {
  const error = await refused('exporters:\n  loki:\n    endpoint: http://a\n    token: "${LOKI_TOKEN}"\n');
  expect(error.message).toContain(
    't.yaml:4:12 exporters.loki.token: "token" needs the environment variable LOKI_TOKEN, which is not set; ' +
      'set LOKI_TOKEN, or write ${LOKI_TOKEN:-default}',
  );
});

test('an unset variable of a required option is refused, and of a header too', async () => {
  const error = await refused(`exporters:
  loki:
    endpoint: "http://\${HOST}:3100"
    headers: {Authorization: "Bearer \${TOKEN}"}
`);
  expect(places(error)).toEqual(['3:15 TFO_ERR_CONFIG_UNSET', '4:30 TFO_ERR_CONFIG_UNSET']);
});

test('an unset variable of any other option is empty, with one warning for each variable', async () => {
  const { config, warnings } = await resolveText(`exporters:
  loki:
    endpoint: http://a
    tenant_id: "\${TENANT}"
    labels: {a: "\${TENANT}", b: "\${OTHER}"}
    level: \${LEVEL}
`);
  expect(config.exporters.get('loki')?.config).toMatchObject({ tenant_id: '', labels: { a: '', b: '' } });
  expect(config.exporters.get('loki')?.config).not.toHaveProperty('level');
  expect(warnings.map((each) => `${each.line} ${each.message}`)).toEqual([
    '4 the environment variable TENANT is not set; "tenant_id" is empty',
    '5 the environment variable OTHER is not set; "b" is empty',
    '6 the environment variable LEVEL is not set; "level" is empty',
  ]);
});

test('a secret that is set to nothing is none', async () => {
  const text = 'exporters:\n  loki: {endpoint: "http://a", token: "${T}", headers: {X: "${T}", Y: "y"}}\n';
  const resolution = await resolveText(text, { T: '' });
  const loki = exporterConfig<{ token?: Secret; headers: Record<string, Secret> }>(resolution, 'loki');
  expect(loki.token).toBeUndefined();
  expect(Object.keys(loki.headers)).toEqual(['Y']);
  expect(resolution.warnings).toEqual([]);
});

test('a required option that is set to nothing is missing', async () => {
  const error = await refused('exporters:\n  loki: {endpoint: "${URL}"}\n', { URL: '' });
  expect(places(error)).toEqual(['2:20 TFO_ERR_CONFIG_REQUIRED']);
  expect(error.message).toContain('it is set to nothing');
});

test('${NAME:?message} gives its message', async () => {
  const error = await refused('exporters:\n  loki: {endpoint: "${URL:?ask the platform team}"}\n');
  expect(error.message).toContain('the environment variable URL is not set: ask the platform team; set URL');
});

test('a disabled exporter needs no variable, file or package', async () => {
  const text = `exporters:
  debug: {}
  loki: {enabled: false, endpoint: "\${A}", token: "\${B:?no}", tenant_id: "\${file:/nowhere}"}
  not_installed: {enabled: "\${ON:-false}", x: 1}
`;
  const { config, warnings } = await resolveText(text);
  expect([...config.exporters.keys()]).toEqual(['debug']);
  expect(warnings).toEqual([]);
});

test('numbers, booleans, durations and sizes take their type from the schema', async () => {
  const text = `exporters:
  loki:
    endpoint: http://a
    level: "\${LEVEL}"
    compression: \${COMPRESS}
    timeout: "\${TIMEOUT}"
    max_response_bytes: \${BYTES}
    enabled: "\${ON}"
`;
  const { config } = await resolveText(text, {
    LEVEL: '3',
    COMPRESS: 'true',
    TIMEOUT: '5s',
    BYTES: '1KiB',
    ON: 'true',
  });
  expect(config.exporters.get('loki')?.config).toMatchObject({
    level: 3,
    compression: true,
    timeout: 5000,
    max_response_bytes: 1024,
    enabled: true,
  });
});

test('text from the environment is not shown when it is refused', async () => {
  const text = `exporters:
  loki: {endpoint: "\${V}", level: "\${V}", compression: "\${V}", timeout: "\${V}", site: "\${V}", enabled: "\${V}"}
`;
  const error = await refused(text, { V: 'hunter2hunter2' });
  expect(error.problems).toHaveLength(6);
  expect(JSON.stringify(error.problems) + error.message).not.toContain('hunter2');
});

test('${file:path} reads beside the configuration file and trims one newline', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'config-'));
  await writeFile(join(directory, 'token'), 'file-token-1\n\n');
  await writeFile(join(directory, 't.yaml'), 'exporters:\n  loki: {endpoint: "http://a", token: "${file:token}"}\n');
  const resolution = await resolveConfig([join(directory, 't.yaml')], { plugins: lookup(), env: {} });
  const { token } = exporterConfig<{ token: Secret }>(resolution, 'loki');
  expect(token.reveal()).toBe('file-token-1\n');
});

test.each([
  ['/nowhere/token', 'there is no such file'],
  ['/dev/zero', 'it is not a regular file'],
  ['/', 'it is not a regular file'],
])('a referenced file %s is refused: %s', async (path, reason) => {
  const error = await refused(`exporters:\n  loki: {endpoint: "http://a", token: "\${file:${path}}"}\n`);
  expect(places(error)).toEqual(['2:39 TFO_ERR_CONFIG_REFERENCE_FILE']);
  expect(error.message).toContain(reason);
});

test('a referenced file of more than 64 KiB is refused', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'config-')), 'big');
  await writeFile(file, 'x'.repeat(64 * 1024 + 1));
  const error = await refused(`exporters:\n  loki: {endpoint: "http://a", token: "\${file:${file}}"}\n`);
  expect(error.message).toContain('larger than 64 KiB');
});

test('JS objects are substituted only when asked', async () => {
  const object = {
    exporters: { loki: { endpoint: 'http://a', tenant_id: '${A}', token: new Secret('given-secret') } },
  };
  const values: unknown[] = [];
  for (const substitute of [false, true]) {
    const resolution = await resolveConfig([{ object, substitute }], { plugins: lookup(), env: { A: 'x' } });
    values.push(exporterConfig(resolution, 'loki')['tenant_id']);
  }
  expect(values).toEqual(['${A}', 'x']);
});
