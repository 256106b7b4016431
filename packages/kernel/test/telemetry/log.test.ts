import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { Logger } from '@telemetryflow/kernel';
import { fakeClock } from '@telemetryflow/testkit';
import { componentLogger, consoleLogger, rateLimited } from '../../src/telemetry/log.ts';

let warn: ReturnType<typeof jest.spyOn>;
let info: ReturnType<typeof jest.spyOn>;
beforeEach(() => {
  warn = jest.spyOn(console, 'warn').mockImplementation(() => {});
  info = jest.spyOn(console, 'info').mockImplementation(() => {});
});
afterEach(() => {
  jest.restoreAllMocks();
});

test('the console gets one line per entry, up to the level', () => {
  const logger = consoleLogger('warn');
  logger.warn('Sending fails.', { component: 'exporter:loki', items: 3, hint: 'check\nit' });
  logger.warn('Plain.');
  logger.info('Not shown.');
  expect(warn.mock.calls).toEqual([
    ["telemetryflow exporter:loki: Sending fails. { items: 3, hint: 'check\\nit' }"],
    ['telemetryflow: Plain.'],
  ]);
  expect(info).not.toHaveBeenCalled();
});

test('a logger of the host that throws is ignored', () => {
  const broken = (): never => {
    throw new Error('disk full');
  };
  const base: Logger = { error: broken, warn: broken, info: broken, debug: broken };
  expect(() => componentLogger(base, 'exporter:a', (text) => text).error('x')).not.toThrow();
});

test('secrets are scrubbed from messages, values, nested values and errors', () => {
  const seen: unknown[] = [];
  const base: Logger = { error: () => {}, warn: (...args) => void seen.push(args), info: () => {}, debug: () => {} };
  const logger = componentLogger(base, 'exporter:a', (text) => text.replaceAll('hunter2', '***'));
  const opaque = new URL('http://127.0.0.1/');
  logger.warn('hunter2', { a: 'x hunter2', b: { c: ['hunter2'] }, n: 1, opaque, error: new Error('no hunter2') });
  expect(seen).toEqual([
    [
      '***',
      {
        component: 'exporter:a',
        a: 'x ***',
        b: { c: ['***'] },
        n: 1,
        opaque,
        error: expect.stringContaining('no ***'),
      },
    ],
  ]);
});

test('repeats are left out for a while and counted', async () => {
  const clock = fakeClock();
  const seen: unknown[] = [];
  const log = rateLimited(clock, (message, fields) => void seen.push([message, fields]), 1000);
  log('a', { n: 1 });
  log('a', { n: 2 });
  log('a', { n: 3 });
  await clock.advance(1000);
  log('a', { n: 4 });
  expect(seen).toEqual([
    ['a', { n: 1 }],
    ['a', { n: 4, suppressed: 2 }],
  ]);
});
