/** Tests of a service under `node --test`: one that shuts its telemetry down, and one that forgets to. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startGuest } from './guest.ts';

const endpoint = process.env['COLLECTOR'] ?? '';

test('a service that shuts down', async () => {
  const { telemetry, work } = await startGuest(endpoint);
  work('tested');
  const { delivered } = await telemetry.shutdown();
  assert.equal(delivered, 3);
});

test('a service that is just left', async () => {
  const { telemetry, work } = await startGuest(endpoint);
  await telemetry.pipeline;
  work('left');
});
