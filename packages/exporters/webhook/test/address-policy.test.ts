import type { lookup } from 'node:dns';
import { describe, expect, test } from '@jest/globals';
import { BLOCKED, guardedLookup, refuseAddress, refuseHost } from '../src/address-policy.ts';

const open = { allowHosts: [], blockPrivate: false };
const closed = { allowHosts: [], blockPrivate: true };

describe('the address of a cloud metadata service', () => {
  test.each([
    'http://169.254.169.254/latest/meta-data',
    'http://2852039166/',
    'http://0251.0376.0251.0376/',
    'http://169.254.170.2/',
    'http://169.254.170.23/',
    'http://100.100.100.200/',
    'http://[fd00:ec2::254]/',
    'http://[::ffff:169.254.169.254]/',
    'http://[::ffff:a9fe:a9fe]/',
    'http://[64:ff9b::169.254.169.254]/',
    'http://metadata.google.internal/',
    'http://METADATA.google.internal./',
  ])('%s is refused unless it is in allow_hosts', (url) => {
    const parsed = new URL(url);
    expect(refuseHost(parsed, open)).toContain('metadata service');
    const host = parsed.hostname.replace(/\.$/, '');
    expect(refuseHost(parsed, { ...open, allowHosts: [host] })).toBeUndefined();
  });
});

describe('with block_private', () => {
  test.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '169.254.1.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.8',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    'fc00::1',
    'fdff::1',
    'fe80::1',
    'fe80::1%eth0',
    'ff02::1',
    '::ffff:10.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
  ])('%s is refused, and without it is not', (address) => {
    expect(refuseAddress(address, true)).toContain('private');
    expect(refuseAddress(address, false)).toBeUndefined();
  });

  test.each(['1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '::ffff:1.1.1.1', '64:ff9b::101:101'])(
    '%s is called',
    (address) => {
      expect(refuseAddress(address, true)).toBeUndefined();
    },
  );

  test('a literal address in the URL is refused at load', () => {
    expect(refuseHost(new URL('http://0x7f.1/'), closed)).toContain('127.0.0.1 is a private address');
    expect(refuseHost(new URL('http://[::1]:80/'), closed)).toContain('private');
    expect(refuseHost(new URL('http://a.example/'), closed)).toBeUndefined();
  });
});

describe('allow_hosts', () => {
  test.each([
    ['a.example', 'http://a.example/', true],
    ['A.Example', 'http://a.example/', true],
    ['*.example', 'http://a.example/', true],
    ['*.example', 'http://example/', false],
    ['*.b.example', 'http://xb.example/', false],
    ['::1', 'http://[::1]/', true],
  ])('%s and %s: %p', (entry, url, allowed) => {
    expect(refuseHost(new URL(url), { ...open, allowHosts: [entry] }) === undefined).toBe(allowed);
  });
});

describe('a name', () => {
  function resolving(...addresses: string[]): typeof lookup {
    const answer = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    return ((_host: string, _options: object, callback: (error: null, found: typeof answer) => void) =>
      callback(null, answer)) as unknown as typeof lookup;
  }
  function ask(resolve: typeof lookup, all: boolean): Promise<unknown> {
    return new Promise((done) => {
      guardedLookup(true, { lookup: resolve })('a.example', { all }, (error, address, family) =>
        done(error ?? { address, family }),
      );
    });
  }

  test('that resolves to public addresses is connected to', async () => {
    expect(await ask(resolving('1.1.1.1'), false)).toEqual({ address: '1.1.1.1', family: 4 });
    expect(await ask(resolving('1.1.1.1', '1.0.0.1'), true)).toMatchObject({ address: [{ address: '1.1.1.1' }, {}] });
  });

  test('is refused when any of its addresses is private', async () => {
    const error = (await ask(resolving('1.1.1.1', '10.0.0.1'), true)) as NodeJS.ErrnoException;
    expect(error.code).toBe(BLOCKED);
    expect(error.message).toContain('10.0.0.1 is a private address');
  });
});
