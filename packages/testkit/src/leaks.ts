/** Finds what a test left running. Owns the comparison only: closing things is the test's job. */

/** Compare what keeps the event loop alive now with what did when the check was made. */
export interface LeakCheck {
  /**
   * One sentence per kind of resource that is there more often than before; empty when nothing leaked.
   * Waits for closing handles up to `graceMs` (default 1000).
   */
  leaks(graceMs?: number): Promise<readonly string[]>;
}

/** Immediates and single reads come and go by themselves. */
const FLEETING = new Set(['Immediate', 'FSReqCallback', 'FSReqPromise', 'CloseReq', 'TTYWrap', 'PipeWrap']);

/**
 * Start watching sockets, servers and timers (those that keep the process alive) of this process.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type LeakCheck, leakCheck } from '@telemetryflow/testkit';
 *
 * const check: LeakCheck = leakCheck();
 * const timer = setInterval(() => undefined, 60_000);
 * assert.match((await check.leaks(0)).join(), /^Timeout: /);
 * clearInterval(timer);
 * assert.deepEqual(await check.leaks(), []);
 * ```
 */
export function leakCheck(): LeakCheck {
  const before = count();
  return {
    async leaks(graceMs = 1000) {
      const deadline = performance.now() + graceMs;
      for (;;) {
        const found = compare(before, count());
        if (found.length === 0 || performance.now() >= deadline) return found;
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}

function count(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) {
    if (!FLEETING.has(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

function compare(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): string[] {
  const found: string[] = [];
  for (const [kind, now] of after) {
    const then = before.get(kind) ?? 0;
    if (now > then) found.push(`${kind}: ${now} open, ${then} before`);
  }
  return found;
}
