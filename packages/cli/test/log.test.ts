import { expect, test } from '@jest/globals';
import { createLogger } from '../src/log.ts';

function lines(level: 'warn' | 'debug', format: 'text' | 'json') {
  const written: string[] = [];
  return { written, logger: createLogger(level, format, (line) => written.push(line)) };
}

test('text is one readable line: time, level, message, fields, error', () => {
  const { written, logger } = lines('debug', 'text');
  logger.warn('Sending failed.', { component: 'exporter:loki', attempts: 3, error: new Error('connection refused') });
  logger.debug('Detail.');
  expect(written).toEqual([
    expect.stringMatching(
      /^\d\d:\d\d:\d\d warn {2}Sending failed\. component=exporter:loki attempts=3 error="connection refused"\n$/,
    ),
    expect.stringMatching(/^\d\d:\d\d:\d\d debug Detail\.\n$/),
  ]);
});

test('json is one object per line, with the stack of an error', () => {
  const { written, logger } = lines('debug', 'json');
  logger.error('Sending failed.', { component: 'exporter:loki', error: new Error('refused') });
  expect(written).toHaveLength(1);
  expect(JSON.parse(written[0] ?? '')).toMatchObject({
    level: 50,
    time: expect.any(Number),
    msg: 'Sending failed.',
    component: 'exporter:loki',
    error: { type: 'Error', message: 'refused', stack: expect.stringContaining('log.test') },
  });
});

test('entries below the level are left out', () => {
  const { written, logger } = lines('warn', 'text');
  logger.info('no');
  logger.debug('no');
  logger.warn('yes');
  expect(written).toHaveLength(1);
});

test.each(['text', 'json'] as const)('a line break in a value forges no second entry in %s', (format) => {
  const { written, logger } = lines('debug', format);
  logger.warn('One\n12:00:00 error Two', { reason: 'a\nb', error: new Error('first\nsecond') });
  expect(written).toHaveLength(1);
  expect(written[0]?.trimEnd().split('\n')).toHaveLength(1);
});
