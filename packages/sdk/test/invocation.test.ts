import { describe, expect, test } from '@jest/globals';
import type { TimeLimit } from '@telemetryflow/kernel';
import { flushAfter } from '../src/index.ts';

function rig() {
  const limits: (number | undefined)[] = [];
  const order: string[] = [];
  const telemetry = {
    async forceFlush(limit?: TimeLimit) {
      limits.push(limit?.timeoutMs);
      await Promise.resolve();
      order.push('flushed');
    },
  };
  return { limits, order, telemetry };
}

describe('a handler followed by a flush', () => {
  test('answers what the handler answers, once the flush is over', async () => {
    const { order, telemetry } = rig();
    const handler = flushAfter(telemetry, async (event: { id: number }) => {
      order.push('handled');
      return event.id + 1;
    });
    expect(await handler({ id: 1 })).toBe(2);
    expect(order).toEqual(['handled', 'flushed']);
  });

  test('fails as the handler fails, and flushes all the same', async () => {
    const { order, telemetry } = rig();
    const fails = flushAfter(telemetry, () => {
      throw new Error('no such order');
    });
    await expect(fails()).rejects.toThrow('no such order');
    expect(order).toEqual(['flushed']);
  });

  test.each([
    ['two seconds', undefined, undefined, 2000],
    ['as told', undefined, 500, 500],
    ['what the invocation has left, less a reserve', 1100, undefined, 1000],
    ['no time at all when none is left', 50, undefined, 0],
    ['as told where the context says nonsense', Number.NaN, 700, 700],
  ])('waits at most %s', async (_, remaining, timeoutMs, expected) => {
    const { limits, telemetry } = rig();
    const options = timeoutMs === undefined ? {} : { timeoutMs };
    const handler = flushAfter(telemetry, (_event: object, _context: object) => 1, options);
    await handler({}, remaining === undefined ? {} : { getRemainingTimeInMillis: () => remaining });
    expect(limits).toEqual([expected]);
  });
});
