/** The scrapers read /proc: recorded files for exact values, and this very machine for agreement. */
import { readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { cpuScraper } from '../src/linux/cpu.ts';
import { diskScraper } from '../src/linux/disk.ts';
import { filesystemScraper } from '../src/linux/filesystem.ts';
import { loadScraper } from '../src/linux/load.ts';
import { linuxMachine } from '../src/linux/machine.ts';
import { memoryScraper } from '../src/linux/memory.ts';
import { networkScraper } from '../src/linux/network.ts';
import { pagingScraper } from '../src/linux/paging.ts';
import { processesScraper } from '../src/linux/processes.ts';
import type { Machine, Measurement } from '../src/measurement.ts';
import { selector } from '../src/select.ts';

/** A machine whose files are given as text. */
function machine(files: Readonly<Record<string, string>>): Machine {
  return {
    read: async (file) => {
      const text = files[file];
      if (text === undefined) throw new Error(`ENOENT ${file}`);
      return text;
    },
    statfs: async () => ({ bsize: 4096, blocks: 1000, bfree: 400, bavail: 300, files: 50, ffree: 20 }),
    monotonic: () => 0,
  };
}
const all = () => true;
const value = (list: readonly Measurement[], name: string, attributes: Record<string, string | number> = {}) =>
  list
    .find((m) => m.name === name)
    ?.readings.find((r) => Object.entries(attributes).every(([k, v]) => r.attributes[k] === v))?.value;

describe('cpu', () => {
  const info = 'processor\t: 0\nphysical id\t: 0\ncore id\t: 0\n\nprocessor\t: 1\nphysical id\t: 0\ncore id\t: 0\n';
  const stat = (user: number, idle: number) => ({
    '/proc/stat': `cpu  ${user} 20 300 ${idle} 40 5 6 7 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n`,
    '/proc/cpuinfo': info,
  });

  test('time is in seconds by mode, with interrupts added up', async () => {
    const m = await cpuScraper(false).scrape(machine(stat(1000, 50_000)));
    expect(value(m, 'system.cpu.time', { 'cpu.mode': 'user' })).toBe(10);
    expect(value(m, 'system.cpu.time', { 'cpu.mode': 'interrupt' })).toBeCloseTo(0.11);
    expect(value(m, 'system.cpu.logical.count')).toBe(2);
    expect(value(m, 'system.cpu.physical.count')).toBe(1);
  });

  test('utilization is the share of the time between two scrapes', async () => {
    const scraper = cpuScraper(false);
    expect(value(await scraper.scrape(machine(stat(1000, 50_000))), 'system.cpu.utilization')).toBeUndefined();
    const m = await scraper.scrape(machine(stat(1025, 50_075)));
    expect(value(m, 'system.cpu.utilization', { 'cpu.mode': 'user' })).toBeCloseTo(0.25);
    expect(value(m, 'system.cpu.utilization', { 'cpu.mode': 'idle' })).toBeCloseTo(0.75);
  });

  test('per CPU there is one series each, numbered', async () => {
    const m = await cpuScraper(true).scrape(machine(stat(1, 1)));
    expect(value(m, 'system.cpu.time', { 'cpu.logical_number': 0, 'cpu.mode': 'user' })).toBe(0.01);
  });
});

test('memory states add up to the total', async () => {
  const meminfo =
    'MemTotal: 1000 kB\nMemFree: 300 kB\nMemAvailable: 600 kB\nBuffers: 50 kB\nCached: 200 kB\nSReclaimable: 40 kB\nSUnreclaim: 10 kB\n';
  const m = await memoryScraper().scrape(machine({ '/proc/meminfo': meminfo }));
  const usage = m.find(({ name }) => name === 'system.memory.usage')?.readings ?? [];
  expect(usage.reduce((sum, r) => sum + r.value, 0)).toBe(1000 * 1024);
  expect(value(m, 'system.memory.usage', { 'system.memory.state': 'used' })).toBe(410 * 1024);
  expect(value(m, 'system.memory.utilization', { 'system.memory.state': 'free' })).toBeCloseTo(0.3);
});

test('disk bytes are sectors of 512, times are seconds', async () => {
  const diskstats = ' 253 0 vda 100 5 2000 300 50 6 4000 700 2 800 900 0 0 0 0\n 7 0 loop0 0 0 0 0 0 0 0 0 0 0 0\n';
  const selected = selector(undefined, { match_type: 'regexp', names: ['^loop'] });
  const m = await diskScraper(selected).scrape(machine({ '/proc/diskstats': diskstats }));
  expect(value(m, 'system.disk.io', { 'system.device': 'vda', 'disk.io.direction': 'read' })).toBe(2000 * 512);
  expect(value(m, 'system.disk.operation_time', { 'disk.io.direction': 'write' })).toBeCloseTo(0.7);
  expect(value(m, 'system.disk.io_time')).toBeCloseTo(0.8);
  expect(value(m, 'system.disk.pending_operations')).toBe(2);
  expect(value(m, 'system.disk.io', { 'system.device': 'loop0' })).toBeUndefined();
});

test('network traffic is read per interface, also where a name touches its number', async () => {
  const dev = 'Inter-|\n face |\n  eth0:1500 10 1 2 0 0 0 0 900 8 3 4 0 0 0 0\n';
  const tcp = 'sl\n 0: 0100007F:0016 00000000:0000 0A 0\n 1: 0100007F:0016 0100007F:9999 01 0\n';
  const files = { '/proc/net/dev': dev, '/proc/net/tcp': tcp, '/proc/net/udp': 'sl\n' };
  const m = await networkScraper(all).scrape(machine(files));
  const received = { 'network.interface.name': 'eth0', 'network.io.direction': 'receive' };
  expect(value(m, 'system.network.io', received)).toBe(1500);
  expect(value(m, 'system.network.packet.dropped', { 'network.io.direction': 'transmit' })).toBe(4);
  expect(value(m, 'system.network.connection.count', { 'network.connection.state': 'listen' })).toBe(1);
  expect(value(m, 'system.network.connection.count', { 'network.connection.state': 'established' })).toBe(1);
});

test('filesystem usage adds up to the limit and mount points are unescaped', async () => {
  const files = {
    '/proc/filesystems': 'nodev\tproc\n\text4\n',
    '/proc/self/mounts': '/dev/vda1 /my\\040disk ext4 ro,relatime 0 0\nproc /proc proc rw 0 0\n',
  };
  const scraper = filesystemScraper({ device: all, type: all, mountPoint: all, virtual: false });
  const m = await scraper.scrape(machine(files));
  const usage = m.find(({ name }) => name === 'system.filesystem.usage')?.readings ?? [];
  expect(usage.reduce((sum, r) => sum + r.value, 0)).toBe(value(m, 'system.filesystem.limit'));
  expect(usage[0]?.attributes).toMatchObject({
    'system.filesystem.mountpoint': '/my disk',
    'system.filesystem.mode': 'ro',
    'system.filesystem.state': 'used',
  });
  expect(usage).toHaveLength(3);
});

test('a filesystem that never answers is left out and the others are measured', async () => {
  const files = {
    '/proc/filesystems': '\text4\n',
    '/proc/self/mounts': '/dev/a /a ext4 rw 0 0\n/dev/b /b ext4 rw 0 0\n',
  };
  const scraper = filesystemScraper({ device: all, type: all, mountPoint: all, virtual: false });
  const broken: Machine = {
    ...machine(files),
    statfs: (at) => (at === '/a' ? Promise.reject(new Error('stale handle')) : machine({}).statfs(at)),
  };
  const m = await scraper.scrape(broken);
  expect(m.find(({ name }) => name === 'system.filesystem.limit')?.readings).toHaveLength(1);
});

test('processes are counted by state whatever their names hold', async () => {
  const files = {
    '/proc/stat': 'processes 4711\n',
    '/proc/1/stat': '1 (a) S 0) S 0 1',
    '/proc/2/stat': '2 (b) R 0 1',
  };
  const m = await processesScraper(async () => ['1', '2', '3']).scrape(machine(files));
  expect(value(m, 'system.process.count', { 'process.state': 'sleeping' })).toBe(1);
  expect(value(m, 'system.process.count', { 'process.state': 'running' })).toBe(1);
  // No series comes and goes with the processes.
  for (const state of ['stopped', 'defunct', 'blocked', 'idle']) {
    expect(value(m, 'system.process.count', { 'process.state': state })).toBe(0);
  }
  expect(value(m, 'system.process.created')).toBe(4711);
});

test('load averages keep their three spans', async () => {
  const m = await loadScraper().scrape(machine({ '/proc/loadavg': '0.5 1.25 2.00 1/96 13536\n' }));
  expect(m.map(({ name, readings }) => [name, readings[0]?.value])).toEqual([
    ['system.cpu.load_average.1m', 0.5],
    ['system.cpu.load_average.5m', 1.25],
    ['system.cpu.load_average.15m', 2],
  ]);
});

test('paging shows swap by device and faults by type', async () => {
  const files = {
    '/proc/swaps': 'Filename Type Size Used Priority\n/swapfile file 1000 250 -2\n',
    '/proc/vmstat': 'pgfault 100\npgmajfault 10\npswpin 1\npswpout 2\npgpgin 3\npgpgout 4\n',
  };
  const m = await pagingScraper().scrape(machine(files));
  expect(value(m, 'system.paging.usage', { 'system.paging.state': 'free' })).toBe(750 * 1024);
  expect(value(m, 'system.paging.utilization', { 'system.paging.state': 'used' })).toBe(0.25);
  expect(value(m, 'system.paging.faults', { 'system.paging.fault.type': 'minor' })).toBe(90);
});

describe('on this machine', () => {
  const here = linuxMachine('');

  test('memory agrees with /proc/meminfo and the root filesystem with statfs', async () => {
    const total = /^MemTotal:\s+(\d+) kB/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1];
    expect(value(await memoryScraper().scrape(here), 'system.memory.limit')).toBe(Number(total) * 1024);
    const root = await statfs('/');
    const scraper = filesystemScraper({ device: all, type: all, mountPoint: (m) => m === '/', virtual: true });
    expect(value(await scraper.scrape(here), 'system.filesystem.limit')).toBe(root.blocks * root.bsize);
  });

  test('cpu time lies between two readings of /proc/stat', async () => {
    const user = () => Number(/^cpu +(\d+)/.exec(readFileSync('/proc/stat', 'utf8'))?.[1]) / 100;
    const before = user();
    const measured = value(await cpuScraper(false).scrape(here), 'system.cpu.time', { 'cpu.mode': 'user' });
    expect(measured).toBeGreaterThanOrEqual(before);
    expect(measured).toBeLessThanOrEqual(user());
  });

  test('every interface of /proc/net/dev is there', async () => {
    const m = await networkScraper(all).scrape(here);
    const names = new Set(m[0]?.readings.map((r) => r.attributes['network.interface.name']));
    const listed = readFileSync('/proc/net/dev', 'utf8')
      .split('\n')
      .slice(2)
      .filter((line) => line.includes(':'));
    expect(names.size).toBe(listed.length);
  });
});

test('the files of another root are read where they are mounted', async () => {
  const files = path.join(import.meta.dirname, '..', 'testdata', 'hostfs');
  const m = await loadScraper().scrape(linuxMachine(files));
  expect(value(m, 'system.cpu.load_average.1m')).toBe(7.5);
});
