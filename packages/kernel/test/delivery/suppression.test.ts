import { AsyncLocalStorage } from 'node:async_hooks';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Context, context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import { isTracingSuppressed } from '@opentelemetry/core';
import { delivered } from '@telemetryflow/kernel';
import { expectSettled, startedChain } from './fixture.ts';

describe('what an exporter does for us', () => {
  const storage = new AsyncLocalStorage<Context>();
  beforeAll(() => {
    context.setGlobalContextManager({
      active: () => storage.getStore() ?? ROOT_CONTEXT,
      with: (active, fn, self, ...args) => storage.run(active, () => fn.call(self as never, ...args)),
      bind: (_active, target) => target,
      enable() {
        return this;
      },
      disable() {
        return this;
      },
    });
  });
  afterAll(() => context.disable());

  it('is not traced by the host, and does not see the request that happened to fill the queue', async () => {
    const seen: [string, boolean, unknown][] = [];
    const key = createContextKey('request');
    const note = (what: string): void => {
      seen.push([what, isTracingSuppressed(context.active()), context.active().getValue(key)]);
    };
    const t = await startedChain({
      send: async () => {
        note('send');
        await Promise.resolve();
        note('after await');
        return delivered();
      },
      exporter: {
        start: async () => note('start'),
        *drain() {
          yield { body: [], items: [] };
        },
        stop: async () => note('stop'),
      },
    });
    await context.with(ROOT_CONTEXT.setValue(key, 'request 1'), () => t.put(0, 2));
    await t.settle();
    await t.chain.shutdown(new AbortController().signal);
    expect(seen.map(([what]) => what)).toEqual(['start', 'send', 'after await', 'send', 'after await', 'stop']);
    for (const [, suppressed, request] of seen) expect([suppressed, request]).toEqual([true, undefined]);
    expectSettled(t.chain);
  });
});
