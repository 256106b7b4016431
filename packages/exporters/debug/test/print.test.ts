import { PassThrough, Writable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { fakeClock } from '@telemetryflow/testkit';
import { print, sampler } from '../src/print.ts';

const NEVER = new AbortController().signal;

describe('print', () => {
  test('delivers when the stream has taken the text', async () => {
    const stream = new PassThrough();
    expect(await print('hello\n', stream, NEVER)).toEqual({});
    expect(String(stream.read())).toBe('hello\n');
  });

  test('drops on a closed stream, and on one that fails, without an uncaught error', async () => {
    const broken = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
    });
    const [first] = (await print('x', broken, NEVER)).dropped ?? [];
    expect(first).toMatchObject({ reason: 'rejected', detail: 'the output failed: write EPIPE' });
    const [second] = (await print('x', broken, NEVER)).dropped ?? [];
    expect(second).toMatchObject({ reason: 'rejected', detail: 'the output is closed' });
  });

  test('is retried when the reader stands still until the timeout', async () => {
    const stuck = new Writable({ write: () => undefined });
    const timeout = new AbortController();
    const outcome = print('x', stuck, timeout.signal);
    timeout.abort();
    expect((await outcome).retry).toMatchObject({ items: 'all', reason: 'timeout' });
    expect(stuck.listenerCount('error')).toBe(0);
  });
});

describe('sampler', () => {
  test('prints the first of each second, then one in so many', async () => {
    const clock = fakeClock();
    const sampled = sampler({ sampling_initial: 2, sampling_thereafter: 3 }, clock);
    const decide = (): boolean[] => Array.from({ length: 8 }, sampled);
    expect(decide()).toEqual([true, true, false, false, true, false, false, true]);
    await clock.advance(1000);
    expect(decide().slice(0, 3)).toEqual([true, true, false]);
  });

  test('thereafter 1 prints all, 0 none', () => {
    const all = sampler({ sampling_initial: 0, sampling_thereafter: 1 }, fakeClock());
    expect([all(), all(), all()]).toEqual([true, true, true]);
    const none = sampler({ sampling_initial: 1, sampling_thereafter: 0 }, fakeClock());
    expect([none(), none(), none()]).toEqual([true, false, false]);
  });
});
