/** How long one piece of work holds up the event loop, in CPU of the main thread: what other processes take away does not count. */
import { type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';

/** Milliseconds of CPU of this thread. */
export function threadCpu(): number {
  // A kernel with tick accounting charges a running thread every 4 ms only. Asking for the process charges it now.
  process.cpuUsage();
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

export interface LongestTurns {
  /** Of the turns in which the garbage collector did not run: what our code did. */
  readonly own: number;
  /** Of all turns. */
  readonly all: number;
}

interface Turn {
  readonly cpu: number;
  readonly from: number;
  readonly to: number;
}

/** Shorter turns are not of interest, and remembering them would be work for the collector. */
const SHORT = 0.2;

/** The longest turns of the event loop while `work` runs, in milliseconds. A turn is what runs between two immediates. */
export async function longestTurns(work: () => Promise<void>): Promise<LongestTurns> {
  const turns: Turn[] = [{ cpu: 0, from: 0, to: 0 }];
  const collections: PerformanceEntry[] = [];
  const observer = new PerformanceObserver((list) => collections.push(...list.getEntries()));
  observer.observe({ entryTypes: ['gc'] });
  let running = true;
  let cpu = threadCpu();
  let from = performance.now();
  const turn = (): void => {
    const spent = threadCpu() - cpu;
    const to = performance.now();
    if (spent > SHORT) turns.push({ cpu: spent, from, to });
    cpu = threadCpu();
    from = performance.now();
    if (running) setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  running = false;
  // Collections are told of in an immediate of the runtime's own.
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
  collections.push(...observer.takeRecords());
  observer.disconnect();
  const own = turns.filter((one) => !collections.some((each) => overlap(one, each)));
  return { own: longest(own), all: longest(turns) };
}

function overlap({ from, to }: Turn, { startTime, duration }: PerformanceEntry): boolean {
  return startTime < to && startTime + duration > from;
}

function longest(turns: readonly Turn[]): number {
  return Math.max(...turns.map(({ cpu }) => cpu));
}
