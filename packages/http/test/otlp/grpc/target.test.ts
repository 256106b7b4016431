import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { grpcTarget } from '../../../src/otlp/grpc/target.ts';

describe('an endpoint', () => {
  test.each([
    ['http://collector:4317', 'collector:4317', false],
    ['https://collector:4317', 'collector:4317', true],
    ['https://ingest.us.signoz.cloud:443', 'ingest.us.signoz.cloud:443', true],
    ['https://collector', 'collector:443', true],
    ['http://collector/', 'collector:80', false],
    ['collector:4317', 'collector:4317', true],
    ['[::1]:4317', '[::1]:4317', true],
    ['http://[::1]:4317', '[::1]:4317', false],
    ['unix:///run/otel.sock', 'unix:/run/otel.sock', true],
    ['unix:otel.sock', 'unix:otel.sock', true],
    ['dns:///collector:4317', 'dns:///collector:4317', true],
  ])('%s is the address %s, TLS: %p', (endpoint, address, secure) => {
    expect(grpcTarget(endpoint)).toMatchObject({ address, secure });
  });

  test.each(['collector:4317', 'unix:/run/otel.sock', 'dns:collector:4317'])(
    '%s is plain with tls.insecure',
    (text) => {
      expect(grpcTarget(text, true)?.secure).toBe(false);
    },
  );

  test('with https stays TLS whatever tls.insecure says', () => {
    expect(grpcTarget('https://h:1', true)?.secure).toBe(true);
  });

  test.each([
    '',
    'collector',
    'collector:',
    ':4317',
    'collector:99999',
    'a b:1',
    'ftp://h:1',
    'h:1/path',
    'unix:',
    'http://',
  ])('%p is refused', (endpoint) => {
    expect(grpcTarget(endpoint)).toBeUndefined();
  });

  test('keeps user and password out of what is printed', () => {
    const target = grpcTarget('https://user:p%40ss@h:4317');
    expect(target).toMatchObject({ userinfo: 'user:p@ss', label: 'https://h:4317', address: 'h:4317' });
  });

  test('with a percent sign that begins no escape takes user or password as it stands', () => {
    expect(grpcTarget('https://user:10%@h:4317')?.userinfo).toBe('user:10%');
  });

  test('with a path says what is not used', () => {
    expect(grpcTarget('http://h:4317/v1/traces')?.ignored).toBe('the path /v1/traces');
  });

  test.each(['http://localhost:1', '127.0.0.1:1', '[::1]:1', 'unix:/x'])('%s is local: no proxy', (endpoint) => {
    expect(grpcTarget(endpoint)?.local).toBe(true);
    expect(grpcTarget('collector:1')?.local).toBe(false);
  });

  test('of any text gives a target or none, never an exception', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.webUrl(),
          fc.string().map((text) => `http://${text}`),
        ),
        (text) => {
          grpcTarget(text);
        },
      ),
    );
  });
});
