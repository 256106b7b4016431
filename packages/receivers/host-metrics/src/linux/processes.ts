/** Processes by state from /proc/<pid>/stat, processes created from /proc/stat. */
import type { Machine, Reading, Scraper } from '../measurement.ts';

/** Letters of /proc/<pid>/stat by `process.state`. */
const STATES: Readonly<Record<string, string>> = {
  R: 'running',
  S: 'sleeping',
  D: 'blocked',
  I: 'idle',
  Z: 'defunct',
  T: 'stopped',
  t: 'stopped',
  X: 'dead',
};

/** Reported whether or not there is such a process, so that no series comes and goes. */
const USUAL = ['running', 'sleeping', 'blocked', 'idle', 'stopped', 'defunct'];

/** `pids` lists the processes there are. */
export function processesScraper(pids: () => Promise<readonly string[]>): Scraper {
  return {
    async scrape(machine) {
      const created = /^processes (\d+)/m.exec(await machine.read('/proc/stat'))?.[1];
      return [
        {
          name: 'system.process.count',
          unit: '{process}',
          description: 'Processes by state.',
          kind: 'updown',
          type: 'int',
          readings: await byState(machine, await pids()),
        },
        {
          name: 'system.process.created',
          unit: '{process}',
          description: 'Processes created since boot.',
          kind: 'counter',
          type: 'int',
          readings: created === undefined ? [] : [{ value: Number(created), attributes: {} }],
        },
      ];
    },
  };
}

async function byState(machine: Machine, pids: readonly string[]): Promise<Reading[]> {
  const counts = new Map(USUAL.map((state) => [state, 0]));
  for (const pid of pids) {
    // A process may end between the listing and the reading.
    const stat = await machine.read(`/proc/${pid}/stat`).catch(() => '');
    // The command stands in parentheses and may hold blanks and parentheses itself.
    const letter = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
    if (letter === '') continue;
    const state = STATES[letter] ?? 'unknown';
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  return [...counts].map(([state, value]) => ({ value, attributes: { 'process.state': state } }));
}
