import { describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { envelope } from '../src/encode-otlp.ts';
import { signatureHeaders, standardKey } from '../src/sign.ts';
import { GOLDEN_LOG_JSON, NOW } from './fixtures.ts';

const SECRET = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3';
const ID = 'msg_01JD8Z5W3Q0000000000000000';
const SECONDS = 1_795_341_600;
const body = envelope({ type: 'logs', now: NOW, id: ID, count: 1, data: Buffer.from(GOLDEN_LOG_JSON) });

function key(secret: string): Buffer {
  const bytes = standardKey(secret);
  if (bytes === undefined) throw new Error('not a secret');
  return bytes;
}

describe('a signature', () => {
  test('of Standard Webhooks is the golden one', () => {
    const signing = { scheme: 'standard_webhooks' as const, keys: [key(SECRET)], header: '' };
    expect(signatureHeaders(signing, { id: ID, seconds: SECONDS, body })).toEqual({
      'webhook-signature': 'v1,Hq5wRxSZxZoUyg/WUunDb9/eb7m/8/pkPgw+s9KcCFI=',
    });
  });

  test('of hmac_hex is the golden one', () => {
    const signing = { scheme: 'hmac_hex' as const, keys: [Buffer.from('s3cret')], header: 'x-hub-signature-256' };
    expect(signatureHeaders(signing, { id: ID, seconds: SECONDS, body })).toEqual({
      'x-hub-signature-256': 'sha256=ec7f52340ad2ed06a16f3ed63f08039442c9984508a720a5dcd129c39cbba71d',
    });
  });

  test('is accepted by the Standard Webhooks library, with either key while keys are rotated', () => {
    const other = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    const seconds = Math.floor(Date.now() / 1000);
    const signing = { scheme: 'standard_webhooks' as const, keys: [key(SECRET), key(other)], header: '' };
    const headers = {
      'webhook-id': ID,
      'webhook-timestamp': String(seconds),
      ...signatureHeaders(signing, { id: ID, seconds, body }),
    };
    for (const secret of [SECRET, other]) {
      expect(new Webhook(secret).verify(body.toString(), headers)).toMatchObject({ type: 'logs' });
    }
    expect(() => new Webhook(SECRET).verify(`${body} `, headers)).toThrow();
  });
});

describe('a Standard Webhooks secret', () => {
  test.each([SECRET, SECRET.slice(6), `whsec_${Buffer.alloc(64).toString('base64')}`])('may be %s', (secret) => {
    expect(standardKey(secret)).toBeDefined();
  });

  test.each([
    's3cret',
    '',
    'whsec_',
    `whsec_${Buffer.alloc(23).toString('base64')}`,
    `whsec_${Buffer.alloc(65).toString('base64')}`,
    `whsec_${Buffer.alloc(25).toString('base64').replace(/=+$/, '')}`,
    'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY-',
  ])('may not be %p', (secret) => {
    expect(standardKey(secret)).toBeUndefined();
  });
});
