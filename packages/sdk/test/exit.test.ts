/** How a service ends, with and without `flushOnExit`: each kind of end is a process of its own. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Collector, run, startCollector } from './processes.ts';

let collector: Collector;
beforeEach(async () => {
  collector = await startCollector();
});
afterEach(() => collector.close());

const FIRST = ['log first', 'metric orders', 'span first'];

async function guest(scenario: string, flushOnExit: boolean, exitTimeoutMs = 10_000) {
  const args = [scenario, collector.url, String(flushOnExit), String(exitTimeoutMs)];
  const ended = await run('hosts/guest.ts', args);
  return { ...ended, arrived: collector.arrived() };
}

describe('with flushOnExit', () => {
  test('a process that has nothing more to do ends by itself, its telemetry delivered', async () => {
    expect(await guest('idle', true)).toEqual({ code: 0, signal: null, stdout: '', stderr: '', arrived: FIRST });
  });

  test('work that comes after the first flush is delivered too', async () => {
    const { code, arrived } = await guest('again', true);
    expect(code).toBe(0);
    expect(arrived).toEqual(expect.arrayContaining([...FIRST, 'log again', 'span again']));
  });

  test('SIGTERM still ends the process by that signal, its telemetry delivered', async () => {
    expect(await guest('sigterm', true)).toMatchObject({ code: null, signal: 'SIGTERM', stderr: '', arrived: FIRST });
  });

  test('a SIGTERM handler of the host decides about the end, and the work it does is delivered', async () => {
    const { code, signal, stderr, arrived } = await guest('sigterm-with-handler', true);
    expect({ code, signal, stderr }).toEqual({ code: 7, signal: null, stderr: '' });
    expect(arrived).toEqual(expect.arrayContaining([...FIRST, 'log closing', 'span closing']));
  });

  test.each(['throws', 'rejects'])(
    'an exception that is not caught (%s) ends the process as ever, delivered',
    async (how) => {
      const { code, stderr, arrived } = await guest(how, true);
      expect(code).toBe(1);
      expect(stderr).toContain('Error: boom of the host');
      expect(stderr).toContain('guest.ts');
      expect(arrived).toEqual(FIRST);
    },
  );

  test('a host that handles exceptions itself lives on', async () => {
    const { code, stdout, arrived } = await guest('throws-with-handler', true);
    expect({ code, stdout }).toEqual({ code: 9, stdout: 'host handled: boom of the host\n' });
    expect(arrived).toEqual(expect.arrayContaining(FIRST));
  });

  test('shutdown takes the handlers away', async () => {
    expect(await guest('shutdown-twice', true)).toMatchObject({ code: 0, stdout: '0,0,0\n', arrived: FIRST });
  });

  test('a backend that is down does not hold up the end, and what is lost is said', async () => {
    await collector.close();
    const { code, stderr } = await guest('idle', true);
    expect(code).toBe(0);
    expect(stderr).toMatch(/ECONNREFUSED/);
    expect(stderr).toMatch(/ends before everything was delivered.*items: 3/);
  });
});

test('a backend that does not answer holds up the end for exitTimeoutMs and no longer, and what is lost is said', async () => {
  collector.script(() => new Promise(() => {}));
  const { signal, stderr } = await guest('sigterm', true, 300);
  expect(signal).toBe('SIGTERM');
  expect(stderr).toMatch(/Items were lost at shutdown/);
});

describe('without it', () => {
  test.each([
    ['idle', { code: 0, signal: null }],
    ['sigterm', { code: null, signal: 'SIGTERM' }],
    ['throws', { code: 1, signal: null }],
  ])('the process ends as if nobody was there (%s)', async (scenario, end) => {
    const { code, signal, arrived } = await guest(scenario, false);
    expect({ code, signal, arrived }).toEqual({ ...end, arrived: [] });
  });
});
