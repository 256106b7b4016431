import { describe, expect, test } from '@jest/globals';
import { configureExporter, resolveText } from '@telemetryflow/testkit';
import type { InfluxdbConfig } from '../src/config.ts';
import { authorizationOf, pingUrl, versionOf, writeUrl } from '../src/endpoint.ts';
import influxdb from '../src/index.ts';

const SPECIFICATION = `integrations:
  influxdb:
    enabled: true
    endpoint: "http://influxdb:8086"
    # InfluxDB 2.x
    token: "\${INFLUXDB_TOKEN}"
    org: "\${INFLUXDB_ORG}"
    bucket: "telemetryflow"
    version: 2
    # InfluxDB 1.x
    # database: "telemetryflow"
    # username: "\${INFLUXDB_USERNAME}"
    # password: "\${INFLUXDB_PASSWORD}"
    # version: 1
    precision: ns
    batch_size: 1000
`;

async function specified(env: Readonly<Record<string, string>>): Promise<InfluxdbConfig> {
  const { config } = await resolveText(influxdb, SPECIFICATION, env);
  return config.exporters.get('influxdb')?.config as InfluxdbConfig;
}

async function configOf(block: Readonly<Record<string, unknown>>): Promise<InfluxdbConfig> {
  return (await configureExporter(influxdb, block)).config as InfluxdbConfig;
}

async function problemsOf(block: Readonly<Record<string, unknown>>): Promise<string> {
  return configureExporter(influxdb, block).then(
    ({ warnings }) => warnings.join('\n'),
    (error: Error) => error.message,
  );
}

const V1 = { endpoint: 'http://localhost:8086', database: 'telemetry' };
const V2 = { endpoint: 'http://localhost:8086', token: 't', org: 'acme', bucket: 'telemetry' };

describe('the block of the specification', () => {
  test('is taken as it is', async () => {
    const config = await specified({ INFLUXDB_TOKEN: 'secret', INFLUXDB_ORG: 'acme' });
    expect(config).toMatchObject({
      batch_size: 1000,
      precision: 'ns',
      flush_interval: 10_000,
      max_request_bytes: 5_242_880,
    });
    expect(writeUrl(config)).toBe('http://influxdb:8086/api/v2/write?org=acme&bucket=telemetryflow&precision=ns');
    expect(authorizationOf(config)).toBe('Token secret');
  });

  test('is refused while the variable of the organization is empty', async () => {
    await expect(specified({ INFLUXDB_TOKEN: 'secret', INFLUXDB_ORG: '' })).rejects.toThrow(/org: it is empty/);
  });
});

describe('the write API', () => {
  test.each<[Record<string, unknown>, number, string, string]>([
    [V1, 1, 'http://localhost:8086/write?db=telemetry&precision=ns', ''],
    [
      { ...V1, username: 'u', password: 'p', precision: 'us', retention_policy: 'week', consistency: 'all' },
      1,
      'http://localhost:8086/write?db=telemetry&rp=week&consistency=all&precision=u',
      'Basic dTpw',
    ],
    [V2, 2, 'http://localhost:8086/api/v2/write?org=acme&bucket=telemetry&precision=ns', 'Token t'],
    [
      { url: V2.endpoint, token: 't', organization: 'acme', bucket: 'b', version: '2', precision: 'us' },
      2,
      'http://localhost:8086/api/v2/write?org=acme&bucket=b&precision=us',
      'Token t',
    ],
    [
      { endpoint: 'http://localhost:8181', token: 't', bucket: 'b', version: 3, precision: 'ms' },
      3,
      'http://localhost:8181/api/v3/write_lp?db=b&accept_partial=true&no_sync=false&precision=millisecond',
      'Bearer t',
    ],
    [
      { endpoint: 'http://localhost:8086/api/v2/write?bucket=db%2Frp&org=o', username: 'u', password: 'p' },
      2,
      'http://localhost:8086/api/v2/write?bucket=db%2Frp&org=o&precision=ns',
      'Token u:p',
    ],
    [{ ...V1, endpoint: 'https://proxy/influx/' }, 1, 'https://proxy/influx/write?db=telemetry&precision=ns', ''],
    [
      { ...V1, endpoint: 'https://proxy/influx/write?x=1', precision: 's' },
      1,
      'https://proxy/influx/write?x=1&db=telemetry&precision=s',
      '',
    ],
    [
      { ...V1, database: '../a b&c=d\r\n%2f' },
      1,
      'http://localhost:8086/write?db=..%2Fa+b%26c%3Dd%0D%0A%252f&precision=ns',
      '',
    ],
  ])('%#: %j', async (block, version, url, authorization) => {
    const config = await configOf(block);
    expect(versionOf(config)).toBe(version);
    expect(writeUrl(config)).toBe(url);
    expect(authorizationOf(config)).toBe(authorization);
  });

  test.each([
    ['http://h:8086', 'http://h:8086/ping'],
    ['http://h:8086/influx/write?db=x', 'http://h:8086/influx/ping'],
    ['http://h:8086/api/v2/write', 'http://h:8086/ping'],
  ])('of %s is asked for at %s', (endpoint, url) => {
    expect(pingUrl({ endpoint })).toBe(url);
  });
});

describe('refused or warned about:', () => {
  test.each<[string, Record<string, unknown>, RegExp]>([
    ['no bucket', { endpoint: V2.endpoint, token: 't', org: 'acme' }, /a bucket, and none is named/],
    ['no organization', { ...V2, org: undefined }, /demand an organization/],
    ['an empty organization', { ...V2, org: '' }, /org: it is empty/],
    ['no database', { endpoint: V1.endpoint }, /InfluxDB 1 writes into a database/],
    [
      'no database of version 3',
      { endpoint: V1.endpoint, token: 't', version: 3 },
      /InfluxDB 3 writes into a database/,
    ],
    ['no token', { ...V2, token: undefined, version: 2 }, /there is no token/],
    ['a token with a line break', { ...V2, token: 'a\nb' }, /a line break/],
    ['a user without password', { ...V1, username: 'u' }, /username without a password/],
    ['a password without user', { ...V1, password: 'p' }, /password without a username/],
    ['a retention policy of version 2', { ...V2, retention_policy: 'week' }, /knows no retention_policy/],
    ['a precision in the URL', { ...V1, endpoint: `${V1.endpoint}/write?precision=s` }, /names a precision/],
    ['an unknown precision', { ...V1, precision: 'u' }, /precision/],
    ['an unknown version', { ...V1, version: 4 }, /version/],
    ['zstd', { ...V1, compression: 'zstd' }, /no zstd/],
    ['a token over plain http', { ...V2, endpoint: 'http://influx.example:8086' }, /unencrypted/],
    ['an unknown key', { ...V1, databse: 'x' }, /database/],
  ])('%s', async (_name, block, message) => {
    expect(await problemsOf(block)).toMatch(message);
  });

  test('and no message holds a secret', async () => {
    const message = await problemsOf({ endpoint: 'http://x:1', token: 'geheim\n', password: 'geheimer' });
    expect(message).not.toBe('');
    expect(message).not.toContain('geheim');
  });
});
