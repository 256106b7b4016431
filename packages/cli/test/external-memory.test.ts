import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';

const module = new URL('../src/external-memory.ts', import.meta.url).href;

/** Full collections while 3000 bodies of 272 KiB come and go, 16 of them alive at a time, in a heap that is settled. */
function fullCollections(setUp: string): number {
  const script = `
    import { constants, PerformanceObserver } from 'node:perf_hooks';
    import { setTimeout } from 'node:timers/promises';
    ${setUp}
    let full = 0;
    new PerformanceObserver((list) => {
      for (const { detail } of list.getEntries()) if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) full++;
    }).observe({ entryTypes: ['gc'] });
    gc();
    await setTimeout(20);
    full = 0;
    const alive = [];
    for (let i = 0; i < 3000; i++) {
      alive.push(Buffer.allocUnsafeSlow(272 * 1024));
      if (alive.length > 16) alive.shift();
      if (i % 64 === 0) await setTimeout(1);
    }
    await setTimeout(20);
    console.log(full);`;
  const args = ['--expose-gc', '--no-warnings', '--input-type=module', '-e', script];
  return Number(execFileSync(process.execPath, args, { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } }));
}

test('bodies of requests do not make V8 collect its heap in full again and again', () => {
  const before = fullCollections('');
  const after = fullCollections(
    `import { countExternalMemory } from ${JSON.stringify(module)}; countExternalMemory();`,
  );
  expect(before).toBeGreaterThan(3);
  expect(after).toBeLessThan(before);
});
