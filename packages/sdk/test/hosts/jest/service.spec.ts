/** Tests of a service under jest: with fake timers, and with telemetry that nobody shuts down. */
import { afterEach, expect, jest, test } from '@jest/globals';
import { startGuest } from '../guest.ts';

const endpoint = process.env['COLLECTOR'] ?? '';
afterEach(() => {
  jest.useRealTimers();
});

test('a service whose tests fake the time', async () => {
  jest.useFakeTimers();
  const { telemetry, work } = await startGuest(endpoint);
  work('tested');
  expect(await telemetry.shutdown()).toMatchObject({ delivered: 3 });
});

test('a service that is just left', async () => {
  const { telemetry, work } = await startGuest(endpoint);
  await telemetry.pipeline;
  work('left');
});
