import { inspect } from 'node:util';
import { expect, test } from '@jest/globals';
import { nativeConfig, printConfig, SecretRegistry } from '@telemetryflow/kernel';
import { codeFrame } from '../../src/errors/code-frame.ts';
import { refused, resolveText } from './fixtures.ts';

const TEXT = `exporters:
  loki:
    endpoint: https://user:in-the-url@loki/push
    token: literal-token-1
    headers: {Authorization: "Bearer \${TOKEN}", X-Key: plain-header-2}
`;
const SECRETS = ['in-the-url', 'literal-token-1', 'env-token-3', 'plain-header-2'];

test('no way of printing a configuration shows a secret', async () => {
  const { config } = await resolveText(TEXT, { TOKEN: 'env-token-3' });
  const printed = [
    await printConfig(config),
    await printConfig(config, 'json'),
    inspect(nativeConfig(config), { depth: 9 }),
    JSON.stringify([...config.exporters.values()].map((each) => ({ ...each, config: each.config as object }))),
  ];
  for (const text of printed.slice(0, 3)) {
    for (const secret of SECRETS) expect(text).not.toContain(secret);
    expect(text).toContain('[REDACTED]');
  }
  for (const secret of SECRETS.slice(1)) expect(printed[3]).not.toContain(secret);
});

test('the secrets of a configuration are scrubbed from any text, encoded or not', async () => {
  const { secrets } = await resolveText(TEXT, { TOKEN: 'env-token/3?&"' });
  const leaks = [
    'request failed: Bearer env-token/3?&"',
    'GET /?token=env-token%2F3%3F%26%22',
    JSON.stringify({ token: 'env-token/3?&"' }),
    Buffer.from('env-token/3?&"').toString('base64'),
    'X-Key: plain-header-2 literal-token-1',
  ];
  for (const leak of leaks) {
    const scrubbed = secrets.scrub(leak);
    expect(scrubbed).toContain('[REDACTED]');
    expect(scrubbed).not.toMatch(/env-token|plain-header|literal-token/);
  }
});

test('short secrets are left alone: they appear by chance', () => {
  const secrets = new SecretRegistry();
  secrets.add('test');
  expect(secrets.scrub('a test of the latest')).toBe('a test of the latest');
});

test('a secret that contains another is scrubbed as a whole', () => {
  const secrets = new SecretRegistry();
  secrets.add('12345678');
  secrets.add('12345678-and-more');
  expect(secrets.scrub('x 12345678-and-more y')).toBe('x [REDACTED] y');
});

test('code frames mask what stands behind keys that sound secret', async () => {
  const error = await refused(`exporters:
  loki: {endpoint: "http://a", token: hunter2hunter2, timeout: 30}
  other:
    api_key: "sk-1234567890"
    password: 'p w d'
    license_key: \${KEY}
    x: [
`);
  expect(error.message).not.toMatch(/hunter2|sk-12345|p w d/);
  const later = await refused(`exporters:
  loki: {endpoint: "http://a", token: "\${TOKEN}", timeout: 30}
`);
  expect(later.message).toContain('token: "${TOKEN}"');
});

test.each([
  ['token: abc', 'token: [REDACTED]'],
  ['token: "a, b"', 'token: "[REDACTED]"'],
  ["password: 'p w d'", "password: '[REDACTED]'"],
  ['x: {api_key: abc, site: us1}', 'x: {api_key: [REDACTED], site: us1}'],
  ['Authorization: "Bearer ${TOKEN}"', 'Authorization: "Bearer ${TOKEN}"'],
  ['Authorization: Bearer abc', 'Authorization: [REDACTED]'],
  ['x: {token: ${TOKEN}}', 'x: {token: ${TOKEN}}'],
  ['token: "${TOKEN:-fallback} and more"', 'token: "[REDACTED]"'],
  ['token: ${TOKEN:-fallback}', 'token: [REDACTED]'],
  ['token: ${file:/run/token}', 'token: ${file:/run/token}'],
  ['token: "never closed', 'token: "[REDACTED]'],
  ['token:', 'token:'],
  ['"X-Api-Key": "abc"', '"X-Api-Key": "[REDACTED]"'],
  ['site: us1', 'site: us1'],
])('a code frame shows %s as %s', (line, shown) => {
  expect(codeFrame(line, 1, 1)).toContain(`> 1 | ${shown}\n`);
});

test('secrets of a configuration do not show in its own errors', async () => {
  const error = await refused(
    `exporters:
  loki:
    token: literal-token-1
    endpoint: http://a
    site: literal-token-1
`,
  );
  expect(error.message + JSON.stringify(error.problems)).not.toContain('literal-token-1');
});
