import { describe, expect, test } from '@jest/globals';
import type { Secret } from '@telemetryflow/kernel';
import { places, refused, resolveText } from './fixtures.ts';

async function loki(options: string): Promise<Readonly<Record<string, unknown>>> {
  const { config } = await resolveText(`exporters:\n  loki: {endpoint: "http://a", ${options}}\n`);
  return config.exporters.get('loki')?.config as Readonly<Record<string, unknown>>;
}

async function message(options: string): Promise<string> {
  const error = await refused(`exporters:\n  loki: {endpoint: "http://a", ${options}}\n`);
  expect(error.problems).toHaveLength(1);
  expect(error.problems[0]).toMatchObject({ file: 't.yaml', line: 2 });
  return `${error.problems[0]?.message}; ${error.problems[0]?.hint}`;
}

test.each([
  ['tenant_id: 0123', 'tenant_id', '0123'],
  ['tenant_id: 12345678901234567890', 'tenant_id', '12345678901234567890'],
  ['tenant_id: true', 'tenant_id', 'true'],
  ['tenant_id: 1e3', 'tenant_id', '1e3'],
  ['tenant_id: 2024-01-01', 'tenant_id', '2024-01-01'],
  ['timeout: 1m30s', 'timeout', 90_000],
  ['max_response_bytes: 1MiB', 'max_response_bytes', 1_048_576],
  ['max_response_bytes: 1000', 'max_response_bytes', 1000],
  ['compression: true', 'compression', true],
  ['compression: zstd', 'compression', 'zstd'],
  ['tags: ["env:prod", "url:http://x"]', 'tags', { env: 'prod', url: 'http://x' }],
  ['tags: {shard: 7}', 'tags', { shard: '7' }],
  ['tls: {}', 'tls', { skip_verify: false }],
  ['extra: {a: [1, "x", null, {b: true}]}', 'extra', { a: [1, 'x', null, { b: true }] }],
  ['logs: {batch_size: 5}', 'logs', { enabled: true, batch_size: 5 }],
  ['logs: true', 'logs', true],
])('%s is decoded by its schema', async (written, key, value) => {
  expect((await loki(written))[key]).toEqual(value);
});

test('defaults fill in, and a block that was left out stays out', async () => {
  const config = await loki('tenant_id: a');
  expect(config).toMatchObject({ site: 'us1', max_response_bytes: 4_194_304, batch_size: 1000, flush_interval: 1000 });
  expect(config).not.toHaveProperty('tls');
  expect(config['retry']).toEqual({
    enabled: true,
    initial: 5000,
    max: 30_000,
    multiplier: 1.5,
    jitter: 0.5,
    max_elapsed: 300_000,
  });
});

test("the Collector's names of the shared options are understood", async () => {
  const config = await loki(
    'sending_queue: {queue_size: 5}, retry_on_failure: {initial_interval: 1s, max_interval: 2s, max_elapsed_time: 0}',
  );
  expect(config['queue']).toMatchObject({ max_requests: 5 });
  expect(config['retry']).toMatchObject({ initial: 1000, max: 2000, max_elapsed: 0 });
});

test('secrets are wrapped, under any of their names', async () => {
  const config = await loki('bearer_token: abc123');
  expect((config['token'] as Secret).reveal()).toBe('abc123');
});

test.each([
  ['timeout: 30', 'the duration 30 has no unit; write 30s for seconds or 30ms for milliseconds'],
  ['timeout: soon', 'not a duration; write a number with a unit, as 200ms, 30s, 5m or 1h30m'],
  ['timeout: true', 'expected a duration, got true; write a duration'],
  ['max_response_bytes: 64M', 'not a size; write a number with a unit, as 64MiB or 10MB, or a number of bytes'],
  ['timeuot: 3s', 'unknown key "timeuot"; did you mean "timeout"?'],
  ['bearer_tokn: x', 'unknown key "bearer_tokn"; did you mean "bearer_token"?'],
  ['token: a, bearer_token: b', '"bearer_token" and "token" are the same option; keep only "token"'],
  ['enabled: yes', 'expected true or false, got text; write true; yes is text in YAML 1.2'],
  ['enabled: off', 'expected true or false, got text; write false; off is text in YAML 1.2'],
  ['enabled: "true"', 'expected true or false, got quoted text; write true without quotes'],
  ['level: "3"', 'expected a whole number, got quoted text; write 3 without quotes'],
  ['level: x', 'expected a whole number, got text; write a whole number'],
  ['level: [1]', 'expected a whole number, got a list; write a whole number'],
  ['level: 1.5', 'expected a whole number; write it without fraction'],
  ['level: 0', 'the number is too small; write 1 or more'],
  ['level: 10', 'the number is too large; write 9 or less'],
  ['level: .inf', 'expected a whole number, got the number .inf; write a whole number'],
  ['site: us9', '"us9" is none of the known words; did you mean "us1"? Or write one of us1, eu1'],
  ['compression: brotli', '"brotli" is none of the known words; write one of gzip, zstd, none'],
  ['compression: {a: 1}', 'expected true or false or text, got a map; write true or false or text'],
  ['tls: true', 'expected a map, got true; write a map'],
  ['labels: [a]', 'expected a map, got a list; write a map'],
  ['hosts: a', 'expected a list, got text; write [value], or "- value" on a line of its own'],
  ['hosts: []', 'the list is too short; give at least 1'],
  ['tags: [plain]', 'expected key:value, got text without a colon; write key:value'],
  ['tenant_id: {a: 1}', 'expected text, got a map; write text'],
  ['tenant_id: forbidden', 'this tenant is closed; use another'],
])('%s is refused: %s', async (written, expected) => {
  expect(await message(written)).toBe(expected);
});

test('an endpoint without scheme is refused with the two ways to write it', async () => {
  const error = await refused('exporters:\n  loki: {endpoint: "loki:3100"}\n');
  expect(error.problems[0]?.hint).toBe('write http://loki:3100 or https://loki:3100');
});

test('a missing required option is reported at its component', async () => {
  const error = await refused('exporters:\n  loki: {}\n');
  expect(error.message).toContain('t.yaml:2:3 exporters.loki.endpoint: "endpoint" is required; add endpoint: URL of');
});

test('every problem of a file is reported at once, in order of position', async () => {
  const error = await refused(`exporters:
  loki:
    endpoint: nowhere
    timeout: 30
    level: 99
    sight: us1
  debug: {verbosity: loud}
recievers: {}
service:
  shutdown_timeout: 5
  pipelines:
    logs: {exporters: [lokki]}
`);
  expect(places(error)).toEqual([
    '3:15 TFO_ERR_CONFIG_VALUE',
    '4:14 TFO_ERR_CONFIG_DURATION',
    '5:12 TFO_ERR_CONFIG_VALUE',
    '6:5 TFO_ERR_CONFIG_UNKNOWN_KEY',
    '7:22 TFO_ERR_CONFIG_VALUE',
    '8:1 TFO_ERR_CONFIG_UNKNOWN_KEY',
    '10:21 TFO_ERR_CONFIG_DURATION',
    '12:24 TFO_ERR_CONFIG_REFERENCE',
  ]);
});

test('an item of a list keeps its index in problems when an earlier one is wrong', async () => {
  const error = await refused(`exporters:
  webhook:
    endpoints:
      - {name: a, url: "http://a", traces: maybe}
      - 5
      - {name: c, url: c}
`);
  expect(error.problems.map((each) => each.path)).toEqual([
    'exporters.webhook.endpoints[0].traces',
    'exporters.webhook.endpoints[1]',
    'exporters.webhook.endpoints[2].url',
  ]);
});

test('__proto__ is an ordinary key of a map', async () => {
  const config = await loki('labels: {__proto__: x, a: y}');
  expect(Object.entries(config['labels'] as object)).toEqual([
    ['__proto__', 'x'],
    ['a', 'y'],
  ]);
});

test.each(['queue', 'sending_queue'])('a durable queue is refused while there is none, under %s', async (key) => {
  const error = await refused(`exporters:\n  debug:\n    ${key}:\n      storage: file_storage\n`);
  expect(places(error)).toEqual(['4:16 TFO_ERR_CONFIG_DURABLE_QUEUE']);
  expect(error.message).toContain('"file_storage": there is no durable queue yet');
});

describe('what has the form of a URL or an address and is none', () => {
  test.each([
    [
      'exporters: {loki: {endpoint: "http://loki:99999/push"}}',
      'exporters.loki.endpoint: there is no port 99999; write 1 to 65535',
    ],
    ['exporters: {loki: {endpoint: "http://[::1"}}', 'exporters.loki.endpoint: no URL can have such a host'],
    ['exporters: {loki: {endpoint: "http://lo<ki"}}', 'exporters.loki.endpoint: no URL can have such a host'],
    [
      'extensions: {health_check: {endpoint: "127.0.0.1:70000"}}',
      'extensions.health_check.endpoint: there is no port 70000',
    ],
  ])('%s is refused', async (yaml, says) => {
    expect((await refused(`${yaml}\n`)).message).toContain(says);
  });
});
