import { expect, test } from '@jest/globals';
import type { Logger } from '@telemetryflow/kernel';
import { fakeClock } from '@telemetryflow/testkit';
import { Traffic } from '../../src/graph/source.ts';
import { createLifecycle, type Unit } from '../../src/lifecycle/lifecycle.ts';
import { createStatusBoard } from '../../src/status/board.ts';

type Steps = { start?: Unit['start']; stop?: Unit['stop'] };

/** One unit of each kind (two processors), whose steps are written down; `override` changes some of them. */
function rig(override: Readonly<Record<string, Steps>> = {}) {
  const clock = fakeClock();
  const board = createStatusBoard(clock);
  const traffic = new Traffic();
  const expiry = new AbortController();
  const steps: string[] = [];
  const logs: string[] = [];
  const write: Logger['warn'] = (message, fields) => void logs.push(`${message} ${JSON.stringify(fields)}`);
  const unit = (component: string): Unit => {
    board.reporter(component);
    const own = override[component] ?? {};
    return {
      component,
      start: async () => {
        steps.push(`start ${component}`);
        await own.start?.();
      },
      stop: async (deadline, remainingMs) => {
        steps.push(`stop ${component}`);
        await own.stop?.(deadline, remainingMs);
      },
    };
  };
  const units = {
    extensions: [unit('extension:e1'), unit('extension:e2')],
    exporters: [unit('exporter:x')],
    processors: [[unit('processor:up')], [unit('processor:down')]],
    receivers: [unit('receiver:r')],
  };
  const logger = { error: write, warn: write, info: () => {}, debug: () => {} };
  const lifecycle = createLifecycle({ units, traffic, board, clock, logger, scrub: (text) => text, expiry });
  return { lifecycle, clock, board, traffic, steps, logs, expiry };
}

const never = (): Promise<void> => new Promise(() => {});

test('receivers start last and stop first, extensions the other way round', async () => {
  const { lifecycle, steps, board, traffic } = rig();
  await lifecycle.start();
  expect(board.current().state).toBe('ok');
  expect(traffic.state).toBe('open');
  await lifecycle.stop(1000);
  expect(steps).toEqual([
    'start extension:e1',
    'start extension:e2',
    'start exporter:x',
    'start processor:up',
    'start processor:down',
    'start receiver:r',
    'stop receiver:r',
    'stop processor:up',
    'stop processor:down',
    'stop exporter:x',
    'stop extension:e2',
    'stop extension:e1',
  ]);
  expect(board.current().state).toBe('stopped');
  expect(traffic.state).toBe('stopped');
});

test('a receiver that cannot start is fatal, named, and everything that had started is stopped again', async () => {
  const cause = new Error('listen EADDRINUSE: address already in use 127.0.0.1:4318 (protocols.http.endpoint)');
  const { lifecycle, steps, board } = rig({ 'receiver:r': { start: () => Promise.reject(cause) } });
  await expect(lifecycle.start()).rejects.toMatchObject({
    code: 'TFO_ERR_LIFECYCLE_START',
    message: `receiver "r" could not start: ${cause.message}`,
    cause,
    culprits: [{ component: 'receiver:r', error: cause }],
  });
  expect(steps.slice(-6)).toEqual([
    'stop receiver:r',
    'stop processor:up',
    'stop processor:down',
    'stop exporter:x',
    'stop extension:e2',
    'stop extension:e1',
  ]);
  expect(board.current().state).toBe('stopped');
  await expect(lifecycle.start()).rejects.toThrow('could not start');
});

test('a component that does not finish starting within 10 s is named', async () => {
  const { lifecycle, clock, steps } = rig({ 'exporter:x': { start: never } });
  const started = lifecycle.start();
  const rejected = expect(started).rejects.toMatchObject({
    code: 'TFO_ERR_LIFECYCLE_START_TIMEOUT',
    message: 'exporter "x" could not start: did not finish starting within 10 s',
  });
  await clock.advance(10_000);
  await rejected;
  expect(steps).not.toContain('start receiver:r');
});

test('start and stop are one each, however often and concurrently they are called', async () => {
  const { lifecycle, steps } = rig();
  await Promise.all([lifecycle.start(), lifecycle.start()]);
  await Promise.all([lifecycle.stop(1000), lifecycle.stop(1000)]);
  await lifecycle.stop(1000);
  expect(steps.length).toBe(12);
  await expect(rig().lifecycle.stop(1000)).resolves.toBeUndefined();
});

test('after a stop a start is refused, and a stop before any start touches nothing', async () => {
  const { lifecycle, steps, board } = rig();
  await lifecycle.stop(1000);
  await expect(lifecycle.start()).rejects.toMatchObject({ code: 'TFO_ERR_LIFECYCLE_STOPPED' });
  expect(steps).toEqual([]);
  expect(board.current().state).toBe('stopped');
});

test('a stop during the start lets the present step end, goes no further, and stops what had started', async () => {
  let go = (): void => {};
  const { lifecycle, steps, clock } = rig({ 'exporter:x': { start: () => new Promise((resolve) => (go = resolve)) } });
  const started = lifecycle.start();
  const rejected = expect(started).rejects.toMatchObject({ code: 'TFO_ERR_LIFECYCLE_STOPPED' });
  await clock.settle();
  const stopped = lifecycle.stop(1000);
  go();
  await rejected;
  await stopped;
  expect(steps).toEqual([
    'start extension:e1',
    'start extension:e2',
    'start exporter:x',
    'stop exporter:x',
    'stop extension:e2',
    'stop extension:e1',
  ]);
});

test('a start that fails while a stop waits for it ends both at once', async () => {
  let fail = (_: Error): void => {};
  const { lifecycle, clock, steps } = rig({
    'exporter:x': { start: () => new Promise((_, reject) => (fail = reject)) },
  });
  const started = lifecycle.start();
  const rejected = expect(started).rejects.toThrow('no broker');
  await clock.settle();
  const stopped = lifecycle.stop(25_000);
  fail(new Error('no broker'));
  await rejected;
  await stopped;
  expect(clock.monotonic()).toBe(0);
  expect(steps.at(-1)).toBe('stop extension:e1');
});

test('one deadline bounds the whole stop: who is busy is named every 5 s, then left behind and reported', async () => {
  const { lifecycle, clock, logs, steps, expiry } = rig({ 'exporter:x': { stop: never } });
  await lifecycle.start();
  let done = false;
  const stopped = lifecycle.stop(12_000).then(() => (done = true));
  await clock.advance(11_999);
  expect(logs).toEqual(['Still stopping. {"busy":["exporter:x"]}', 'Still stopping. {"busy":["exporter:x"]}']);
  expect([done, expiry.signal.aborted]).toEqual([false, false]);
  await clock.advance(1);
  expect(expiry.signal.aborted).toBe(true);
  await clock.advance(1000);
  await stopped;
  expect(logs.at(-1)).toBe('A component did not stop in time and was left behind. {"component":"exporter:x"}');
  expect(steps.slice(-2)).toEqual(['stop extension:e2', 'stop extension:e1']);
  expect(clock.pending).toBe(0);
});

test('a receiver that waits for the exporters does not keep them from their last attempt', async () => {
  const { lifecycle, clock, steps } = rig({ 'receiver:r': { stop: never } });
  await lifecycle.start();
  const stopped = lifecycle.stop(10_000);
  await clock.advance(5000);
  expect(steps.at(-1)).toBe('stop exporter:x');
  await clock.advance(6000);
  await stopped;
});

test('a stop that fails is logged and the rest is stopped', async () => {
  const { lifecycle, logs, steps } = rig({ 'receiver:r': { stop: () => Promise.reject(new Error('no')) } });
  await lifecycle.start();
  await lifecycle.stop(1000);
  expect(logs).toEqual(['A component failed to stop. {"component":"receiver:r","error":"no"}']);
  expect(steps.at(-1)).toBe('stop extension:e1');
});

test('data on its way through processors reaches the queues before the exporters stop', async () => {
  const { lifecycle, traffic, steps, clock } = rig();
  await lifecycle.start();
  traffic.enter();
  const stopped = lifecycle.stop(10_000);
  await clock.settle();
  expect(steps.at(-1)).toBe('stop receiver:r');
  expect(traffic.state).toBe('draining');
  traffic.leave();
  await stopped;
  expect(steps.at(-1)).toBe('stop extension:e1');
});
