/** The same measurements off Linux, through the `systeminformation` package, which is loaded only here. */
import type { ScrapersConfig } from './config.ts';
import type { Measurement, Reading, Scraper } from './measurement.ts';
import type { ScraperName } from './scrapers.ts';

type SystemInformation = typeof import('systeminformation');

/** Scrapers for the areas the package can measure; `paging` faults and `processes` created have no source there. */
export async function portableScrapers(
  wanted: readonly ScraperName[],
  config: ScrapersConfig,
): Promise<readonly (readonly [ScraperName, Scraper])[]> {
  const si = await load();
  const measure: Readonly<Record<ScraperName, () => Promise<Measurement[]>>> = {
    cpu: () => cpu(si, config.cpu?.per_cpu ?? false),
    load: () => load1m(si),
    memory: () => memory(si),
    paging: () => paging(si),
    disk: () => disk(si),
    filesystem: () => filesystem(si),
    network: () => network(si),
    processes: () => processes(si),
  };
  return wanted.map((name) => [name, { scrape: measure[name] }]);
}

async function load(): Promise<SystemInformation> {
  try {
    const module = await import('systeminformation');
    return module.default ?? module;
  } catch (cause) {
    const install = 'npm install systeminformation';
    throw new Error(`On ${process.platform} the host_metrics receiver needs one more package: ${install}`, { cause });
  }
}

function measurement(
  name: string,
  unit: string,
  description: string,
  kind: Measurement['kind'],
  type: Measurement['type'],
  readings: readonly (readonly [value: number | null | undefined, attributes: Reading['attributes']])[],
): Measurement {
  const known = readings.flatMap(([value, attributes]) =>
    typeof value === 'number' && Number.isFinite(value) ? [{ value, attributes }] : [],
  );
  return { name, unit, description, kind, type, readings: known };
}

async function cpu(si: SystemInformation, perCpu: boolean): Promise<Measurement[]> {
  const current = await si.currentLoad();
  const cpus = perCpu ? current.cpus.map((c, i) => [c, { 'cpu.logical_number': i }] as const) : [];
  const shares = (
    load: { loadUser: number; loadSystem: number; loadNice: number; loadIdle: number },
    at: Reading['attributes'],
  ) =>
    [
      [load.loadUser / 100, { ...at, 'cpu.mode': 'user' }],
      [load.loadSystem / 100, { ...at, 'cpu.mode': 'system' }],
      [load.loadNice / 100, { ...at, 'cpu.mode': 'nice' }],
      [load.loadIdle / 100, { ...at, 'cpu.mode': 'idle' }],
    ] as const;
  const whole = {
    loadUser: current.currentLoadUser,
    loadSystem: current.currentLoadSystem,
    loadNice: current.currentLoadNice,
    loadIdle: current.currentLoadIdle,
  };
  const readings = perCpu ? cpus.flatMap(([load, at]) => shares(load, at)) : shares(whole, {});
  return [measurement('system.cpu.utilization', '1', 'Share of CPU time by mode.', 'gauge', 'double', readings)];
}

async function load1m(si: SystemInformation): Promise<Measurement[]> {
  const { avgLoad } = await si.currentLoad();
  return [
    measurement('system.cpu.load_average.1m', '{thread}', 'Average number of runnable threads.', 'gauge', 'double', [
      [avgLoad, {}],
    ]),
  ];
}

async function memory(si: SystemInformation): Promise<Measurement[]> {
  const mem = await si.mem();
  const states = { used: mem.used - mem.buffcache, free: mem.free, cached: mem.buffcache };
  const usage = Object.entries(states).map(([state, value]) => [value, { 'system.memory.state': state }] as const);
  return [
    measurement('system.memory.usage', 'By', 'Memory by state.', 'updown', 'int', usage),
    measurement(
      'system.memory.utilization',
      '1',
      'Share of memory by state.',
      'gauge',
      'double',
      usage.map(([v, a]) => [v / mem.total, a] as const),
    ),
    measurement('system.memory.limit', 'By', 'All memory of the machine.', 'updown', 'int', [[mem.total, {}]]),
  ];
}

async function paging(si: SystemInformation): Promise<Measurement[]> {
  const { swapused, swapfree } = await si.mem();
  const readings = [
    [swapused, { 'system.paging.state': 'used' }],
    [swapfree, { 'system.paging.state': 'free' }],
  ] as const;
  return [measurement('system.paging.usage', 'By', 'Swap by state.', 'updown', 'int', readings)];
}

async function disk(si: SystemInformation): Promise<Measurement[]> {
  const [io, fs] = [await si.disksIO(), await si.fsStats()];
  const both = (read: number | null | undefined, write: number | null | undefined) =>
    [
      [read, { 'disk.io.direction': 'read' }],
      [write, { 'disk.io.direction': 'write' }],
    ] as const;
  return [
    measurement('system.disk.operations', '{operation}', 'Reads and writes.', 'counter', 'int', both(io?.rIO, io?.wIO)),
    measurement('system.disk.io', 'By', 'Bytes read and written.', 'counter', 'int', both(fs?.rx, fs?.wx)),
  ];
}

async function filesystem(si: SystemInformation): Promise<Measurement[]> {
  const sizes = await si.fsSize();
  const at = (f: (typeof sizes)[number]) => ({
    'system.device': f.fs,
    'system.filesystem.mountpoint': f.mount,
    'system.filesystem.type': f.type,
  });
  const usage = sizes.flatMap((f) => [
    [f.used, { ...at(f), 'system.filesystem.state': 'used' }] as const,
    [f.available, { ...at(f), 'system.filesystem.state': 'free' }] as const,
  ]);
  return [
    measurement('system.filesystem.usage', 'By', 'Space by state.', 'updown', 'int', usage),
    measurement(
      'system.filesystem.utilization',
      '1',
      'Share of space that is used.',
      'gauge',
      'double',
      sizes.map((f) => [f.use / 100, at(f)] as const),
    ),
  ];
}

async function network(si: SystemInformation): Promise<Measurement[]> {
  const stats = await si.networkStats('*');
  const both = (receive: (s: (typeof stats)[number]) => number, transmit: (s: (typeof stats)[number]) => number) =>
    stats.flatMap((s) => [
      [receive(s), { 'network.interface.name': s.iface, 'network.io.direction': 'receive' }] as const,
      [transmit(s), { 'network.interface.name': s.iface, 'network.io.direction': 'transmit' }] as const,
    ]);
  return [
    measurement(
      'system.network.io',
      'By',
      'Bytes received and transmitted.',
      'counter',
      'int',
      both(
        (s) => s.rx_bytes,
        (s) => s.tx_bytes,
      ),
    ),
    measurement(
      'system.network.errors',
      '{error}',
      'Errors found.',
      'counter',
      'int',
      both(
        (s) => s.rx_errors,
        (s) => s.tx_errors,
      ),
    ),
    measurement(
      'system.network.packet.dropped',
      '{packet}',
      'Packets dropped.',
      'counter',
      'int',
      both(
        (s) => s.rx_dropped,
        (s) => s.tx_dropped,
      ),
    ),
  ];
}

async function processes(si: SystemInformation): Promise<Measurement[]> {
  const { running, sleeping, blocked, unknown } = await si.processes();
  const readings = Object.entries({ running, sleeping, blocked, unknown }).map(
    ([state, value]) => [value, { 'process.state': state }] as const,
  );
  return [measurement('system.process.count', '{process}', 'Processes by state.', 'updown', 'int', readings)];
}
