import { describe, expect, test } from '@jest/globals';
import { configure, single } from './fixtures.ts';

const SECRET = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3';

async function errors(block: Record<string, unknown>): Promise<string> {
  return configure(block).then(
    ({ instances }) => {
      throw new Error(`taken: ${Object.keys(instances).join(' ')}`);
    },
    (error: unknown) => String((error as Error).message),
  );
}

describe('the list of endpoints', () => {
  test('becomes one instance per endpoint; what one leaves out stands at the top', async () => {
    const { instances } = await configure({
      timeout: '5s',
      encoding: 'ndjson',
      endpoints: [
        { name: 'a', url: 'https://a.example/x', batch_size: 7 },
        { url: 'https://b.example/y', encoding: 'json', traces: true, logs: false },
      ],
    });
    expect(Object.keys(instances)).toEqual(['webhook/a', 'webhook/webhook-2']);
    expect(instances['webhook/a']).toMatchObject({
      timeout: 5000,
      encoding: 'ndjson',
      batch_size: 7,
      flush_interval: 10_000,
    });
    expect(instances['webhook/webhook-2']).toMatchObject({
      encoding: 'json',
      traces: true,
      logs: false,
      batch_size: 100,
    });
  });

  test('may be one endpoint written at the top, under the names of the old agent too', async () => {
    const config = await single({ endpoint: 'http://127.0.0.1:1/in', retry_count: 1, flush_interval: '100ms' });
    expect(config).toMatchObject({ url: 'http://127.0.0.1:1/in', flush_interval: 100, method: 'POST', traces: false });
    expect(config.retry).toMatchObject({ max_attempts: 2, initial: 1000, max: 60_000, multiplier: 2 });
  });

  test('gives each endpoint its own number of attempts and first wait', async () => {
    const { instances } = await configure({
      endpoints: [
        { name: 'none', url: 'https://a.example/', retry_attempts: 0 },
        { name: 'slow', url: 'https://a.example/', retry_delay: '10s' },
      ],
    });
    expect(instances['webhook/none']?.retry.max_attempts).toBe(1);
    expect(instances['webhook/slow']?.retry).toMatchObject({ max_attempts: 4, initial: 10_000 });
  });

  test('with a chat makes at most one message per second of it', async () => {
    const config = await single({ url: 'https://hooks.example/s/T/B/x', encoding: 'slack', flush_interval: '10ms' });
    expect(config).toMatchObject({ flush_interval: 1000, batch_size: 8192, min_severity: 'error' });
  });
});

describe('a block is refused', () => {
  const url = 'https://a.example/x';
  test.each([
    ['without URL', {}, /url.*without URL/s],
    ['with an endpoint without URL', { endpoints: [{ name: 'a' }] }, /endpoints\[?\.?0.*url/s],
    [
      'with two endpoints of one name',
      {
        endpoints: [
          { name: 'a', url },
          { name: 'a', url },
        ],
      },
      /"a" is taken/,
    ],
    ['with a name that is no name', { endpoints: [{ name: 'a b', url }] }, /holds a space or a slash/],
    ['with an unknown encoding', { url, encoding: 'xml' }, /xml/],
    ['with the old template', { url, payload_template: '{{.}}' }, /templates are not supported/],
    ['with a header that frames the message', { url, headers: { 'content-length': '3' } }, /content-length/],
    ['with a Host header', { url, headers: { Host: 'x' } }, /Host/],
    ['with a line break in a header', { url, headers: { 'x-a': 'a\r\nb: c' } }, /line break/],
    ['with a scheme without credentials', { url, headers: { Authorization: 'Bearer ' } }, /scheme without credentials/],
    ['with a weak secret', { url, secret: 's3cret' }, /Standard Webhooks secret/],
    ['with a weak one among several secrets', { url, secrets: [SECRET, 'short'] }, /Standard Webhooks secret/],
    ['with success codes that are none', { url, success_codes: 'fine' }, /no list of statuses/],
    ['with the envelope for an OTLP endpoint', { url: 'https://a.example/v1/logs' }, /stores nothing/],
    ['with the metadata service of a cloud', { url: 'http://169.254.169.254/latest' }, /metadata service/],
    ['with its address in another spelling', { url: 'http://0xA9FEA9FE/' }, /metadata service/],
    ['with a private address', { url: 'http://10.0.0.1/', block_private: true }, /private address/],
    ['with a host that is not allowed', { url, allow_hosts: ['b.example'] }, /not in allow_hosts/],
    ['with a proxy past the address policy', { url, block_private: true, proxy: 'http://p:1' }, /cannot be checked/],
    ['with a bad signature header', { url, signature_header: 'x y' }, /not a legal header name/],
  ])('%s', async (_name, block, expected) => {
    expect(await errors(block)).toMatch(expected);
  });

  test('once for what stands at the top, whatever the number of endpoints', async () => {
    const text = await errors({ success_codes: 'fine', endpoints: [{ url }, { url }] });
    expect(text.match(/no list of statuses/g)).toHaveLength(1);
  });

  test('and no message holds a secret', async () => {
    const text = await errors({
      url,
      secret: 'hunter2hunter2',
      headers: { 'x-a': 'hunter3\n' },
      proxy: 'socks://u:hunter4@p',
    });
    expect(text).not.toMatch(/hunter/);
  });
});

describe('a block is taken', () => {
  test.each([
    [{ url: 'http://10.0.0.1/' }],
    [{ url: 'http://10.0.0.1/', block_private: true, allow_hosts: ['10.0.0.1'] }],
    [{ url: 'http://sub.b.example/', allow_hosts: ['*.b.example'] }],
    [{ url: 'https://a.example/v1/logs', encoding: 'otlp_proto' }],
    [{ url: 'https://a.example/', secret: SECRET, secrets: [SECRET] }],
    [{ url: 'https://a.example/', secret: 's3cret', signing: 'hmac_hex', signature_header: 'X-Hub-Signature-256' }],
  ])('%j', async (block) => {
    await expect(configure(block)).resolves.toBeDefined();
  });

  test('with one warning when credentials travel in plain text, and none on loopback', async () => {
    const headers = { Authorization: 'Bearer t' };
    const { warnings } = await configure({ url: 'http://a.example/', headers });
    expect(warnings.filter((message) => /unencrypted/.test(message))).toHaveLength(1);
    expect((await configure({ url: 'http://127.0.0.1:1/', headers })).warnings).toEqual([]);
  });
});
