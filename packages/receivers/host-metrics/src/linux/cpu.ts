/** CPU time, utilization and counts from /proc/stat and /proc/cpuinfo. */
import type { Attributes, Machine, Measurement, Reading, Scraper } from '../measurement.ts';
import { column, rows } from './fields.ts';

/** The kernel's USER_HZ: /proc/stat counts hundredths of a second on every supported architecture. */
const TICKS_PER_SECOND = 100;

/** Columns of /proc/stat by `cpu.mode`; `interrupt` is irq and softirq together. Guest time is part of user time. */
const MODES: readonly (readonly [mode: string, columns: readonly number[]])[] = [
  ['user', [1]],
  ['nice', [2]],
  ['system', [3]],
  ['idle', [4]],
  ['iowait', [5]],
  ['interrupt', [6, 7]],
  ['steal', [8]],
];

interface CpuTimes {
  readonly attributes: Attributes;
  /** Seconds since boot, in the order of {@link MODES}. */
  readonly seconds: readonly number[];
}

/** `perCpu`: one series per logical CPU (`cpu.logical_number`) instead of their sum. */
export function cpuScraper(perCpu: boolean): Scraper {
  let previous: readonly CpuTimes[] | undefined;
  return {
    async scrape(machine) {
      const times = readTimes(await machine.read('/proc/stat'), perCpu);
      const measurements = [cpuTime(times), ...(await counts(machine))];
      if (previous !== undefined) measurements.push(utilization(times, previous));
      previous = times;
      return measurements;
    },
  };
}

function readTimes(stat: string, perCpu: boolean): CpuTimes[] {
  const times: CpuTimes[] = [];
  for (const row of rows(stat)) {
    const [, number] = /^cpu(\d*)$/.exec(row[0] ?? '') ?? [];
    if (number === undefined || (number !== '') !== perCpu) continue;
    const seconds = MODES.map(([, columns]) => columns.reduce((sum, i) => sum + column(row, i), 0) / TICKS_PER_SECOND);
    times.push({ attributes: perCpu ? { 'cpu.logical_number': Number(number) } : {}, seconds });
  }
  return times;
}

function cpuTime(times: readonly CpuTimes[]): Measurement {
  return {
    name: 'system.cpu.time',
    unit: 's',
    description: 'Seconds the CPUs spent in each mode.',
    kind: 'counter',
    type: 'double',
    readings: times.flatMap(({ attributes, seconds }) => byMode(attributes, seconds)),
  };
}

function utilization(times: readonly CpuTimes[], previous: readonly CpuTimes[]): Measurement {
  const readings = times.flatMap(({ attributes, seconds }, i) => {
    const before = previous[i]?.seconds ?? seconds;
    const spent = seconds.map((value, mode) => Math.max(0, value - (before[mode] ?? 0)));
    const total = spent.reduce((sum, value) => sum + value, 0);
    return total === 0
      ? []
      : byMode(
          attributes,
          spent.map((value) => value / total),
        );
  });
  return {
    name: 'system.cpu.utilization',
    unit: '1',
    description: 'Share of CPU time spent in each mode since the last scrape.',
    kind: 'gauge',
    type: 'double',
    readings,
  };
}

function byMode(attributes: Attributes, values: readonly number[]): Reading[] {
  return MODES.map(([mode], i) => ({ value: values[i] ?? 0, attributes: { ...attributes, 'cpu.mode': mode } }));
}

async function counts(machine: Machine): Promise<Measurement[]> {
  const info = await machine.read('/proc/cpuinfo');
  const logical = [...info.matchAll(/^processor\s*:/gm)].length;
  const cores = new Set<string>();
  for (const block of info.split('\n\n')) {
    const package_ = /^physical id\s*:\s*(\d+)/m.exec(block)?.[1];
    const core = /^core id\s*:\s*(\d+)/m.exec(block)?.[1];
    if (package_ !== undefined && core !== undefined) cores.add(`${package_}/${core}`);
  }
  const measurements = [count('system.cpu.logical.count', 'Number of logical CPUs.', logical)];
  if (cores.size > 0) measurements.push(count('system.cpu.physical.count', 'Number of physical cores.', cores.size));
  return measurements;
}

function count(name: string, description: string, value: number): Measurement {
  return { name, unit: '{cpu}', description, kind: 'updown', type: 'int', readings: [{ value, attributes: {} }] };
}
