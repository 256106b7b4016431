import { inspect } from 'node:util';
import { expect, test } from '@jest/globals';
import { Secret } from '@telemetryflow/kernel';

test('a secret prints as [REDACTED] everywhere and reveals its text only on request', () => {
  const secret = new Secret('hunter2');
  expect([String(secret), JSON.stringify({ secret }), inspect(secret), `${secret}`].join()).not.toContain('hunter2');
  expect(secret.reveal()).toBe('hunter2');
});
