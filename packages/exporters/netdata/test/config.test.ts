import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { resolveText } from '@telemetryflow/testkit';
import { speaksOtlp, versionIn } from '../src/agent-version.ts';
import netdata, { claimConf, type NetdataConfig } from '../src/index.ts';
import { targetsOf } from '../src/target.ts';
import { resolved } from './setup.ts';

const SPEC = new URL('../../../../test/spec-configs/configs/netdata.yaml', import.meta.url);
const LOCAL = { otlp: 'http://127.0.0.1:4317', statsd: { host: '127.0.0.1', port: 8125, transport: 'tcp' } };

async function problemsOf(block: Readonly<Record<string, unknown>>): Promise<string> {
  return resolved(block).then(
    () => '',
    (error: Error) => error.message,
  );
}

describe('configuration', () => {
  test('takes the block of the specification as it is, with empty variables, and sends to the local Agent', async () => {
    const env = Object.fromEntries(
      ['ENDPOINT', 'API_TOKEN', 'SPACE_ID', 'ROOM_ID', 'CLAIM_TOKEN'].map((name) => [`NETDATA_${name}`, '']),
    );
    const { config } = await resolveText(netdata, readFileSync(SPEC, 'utf8'), env);
    const decoded = config.exporters.get('netdata')?.config as NetdataConfig;
    expect(decoded).toMatchObject({
      endpoint: 'https://api.netdata.cloud',
      space_id: '',
      timeout: 30_000,
      batch_size: 1000,
      flush_interval: 10_000,
      tags: { source: 'tfo-agent' },
      protocol: 'auto',
    });
    expect(targetsOf(decoded)).toEqual(LOCAL);
    expect(netdata.ordered).toBeInstanceOf(Function);
  });

  test.each([
    [{}, LOCAL],
    [{ endpoint: 'https://app.netdata.cloud' }, LOCAL],
    [{ protocol: 'otlp_grpc' }, { otlp: LOCAL.otlp }],
    [{ protocol: 'statsd' }, { statsd: LOCAL.statsd }],
    [{ metrics_endpoint: 'grpc://agent' }, { otlp: 'http://agent:4317' }],
    [{ metrics_endpoint: 'grpcs://agent:443' }, { otlp: 'https://agent:443' }],
    [{ metrics_endpoint: 'http://agent:4317/' }, { otlp: 'http://agent:4317' }],
    [{ metrics_endpoint: 'agent:4317' }, { otlp: 'http://agent:4317' }],
    [{ metrics_endpoint: 'agent:8125' }, { statsd: { host: 'agent', port: 8125, transport: 'tcp' } }],
    [{ metrics_endpoint: 'statsd://[::1]' }, { statsd: { host: '::1', port: 8125, transport: 'tcp' } }],
    [{ metrics_endpoint: 'statsd+udp://agent:1' }, { statsd: { host: 'agent', port: 1, transport: 'udp' } }],
    [{ statsd: { transport: 'udp' } }, { otlp: LOCAL.otlp, statsd: { ...LOCAL.statsd, transport: 'udp' } }],
    [
      { protocol: 'statsd', endpoint: 'http://agent', statsd: { transport: 'udp' } },
      { statsd: { host: 'agent', port: 8125, transport: 'udp' } },
    ],
    [
      { metrics_endpoint: 'agent:8125', statsd: { transport: 'udp' } },
      { statsd: { host: 'agent', port: 8125, transport: 'udp' } },
    ],
    [
      { metrics_endpoint: 'statsd://agent', statsd: { transport: 'udp' } },
      { statsd: { host: 'agent', port: 8125, transport: 'tcp' } },
    ],
    [
      { endpoint: 'http://agent' },
      {
        otlp: 'http://agent:4317',
        statsd: { host: 'agent', port: 8125, transport: 'tcp' },
        discover: 'http://agent:19999/api/v1/info',
      },
    ],
    [{ endpoint: 'http://agent', protocol: 'statsd' }, { statsd: { host: 'agent', port: 8125, transport: 'tcp' } }],
  ])('%j sends to %j', async (block, targets) => {
    expect(targetsOf((await resolved(block)).config)).toEqual(targets);
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['what is no address', { metrics_endpoint: 'ftp://agent' }, /no address of an Agent/],
    ['a port that is none', { metrics_endpoint: 'grpc://agent:70000' }, /no address of an Agent/],
    ['a scheme against the protocol', { metrics_endpoint: 'statsd://a', protocol: 'otlp_grpc' }, /scheme/],
    ['a prefix with a dot', { statsd: { prefix: 'a.b' } }, /prefix/],
    ['a connection that is always closed', { flush_interval: '11m' }, /slots of 10 seconds/],
    ['an unknown key', { endpiont: 'x' }, /endpoint/],
  ])('refuses %s', async (_name, block, message) => {
    expect(await problemsOf(block)).toMatch(message);
  });

  test.each<[Record<string, unknown>, RegExp]>([
    [{ metrics_endpoint: 'http://agent:4318' }, /no released Agent takes OTLP there/],
    [{ flush_interval: '30s' }, /slots of 10 seconds/],
  ])('warns about %j', async (block, message) => {
    expect((await resolved(block)).warnings).toMatch(message);
  });

  test('never prints a secret', async () => {
    const message = await problemsOf({ api_token: 'geheim', claim_token: 'geheim2', metrics_endpoint: '!' });
    expect(message).not.toBe('');
    expect(message).not.toContain('geheim');
  });
});

describe('an Agent', () => {
  test.each([
    ['v1.37.1', false],
    ['v2.6.9', false],
    ['v2.7.0', true],
    ['2.11.3-nightly', true],
    ['v3.0', true],
    ['unknown', undefined],
  ])('of the version %s takes OTLP: %s', (version, otlp) => {
    expect(speaksOtlp(version)).toBe(otlp);
  });

  test.each([
    ['{"version":"v1.37.1"}', 'v1.37.1'],
    ['{"version":1}', undefined],
    ['<html>', undefined],
    ['null', undefined],
  ])('that answers %s has the version %s', (text, version) => {
    expect(versionIn(text)).toBe(version);
  });

  test('joins a space by a file, whose text is rendered and not written', () => {
    expect(claimConf({ token: 't', rooms: ['a', 'b'] })).toBe(
      '[global]\n    url = https://app.netdata.cloud\n    token = t\n    rooms = a,b\n',
    );
    expect(() => claimConf({ token: 't\nproxy = evil' })).toThrow(/line break/);
  });

  test('joins the rooms that its block names', async () => {
    const { config } = await resolved({ claim_token: 't', claim_rooms: ['a', 'b'] });
    expect(claimConf(config)).toBe(claimConf({ token: 't', rooms: ['a', 'b'] }));
    expect(claimConf((await resolved({ claim_token: 't' })).config)).not.toContain('rooms');
    await expect(resolved({ claim_rooms: ['a,b'] })).rejects.toThrow(/claim_rooms/);
    const unset = await resolved({ claim_token: '', claim_rooms: ['a'] });
    expect(() => claimConf(unset.config)).toThrow(/claim_token is not set/);
  });
});
