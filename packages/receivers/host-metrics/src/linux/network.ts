/** Traffic per interface from /proc/net/dev, connections by state from /proc/net/{tcp,udp}{,6}. */
import type { Attributes, Machine, Measurement, Reading, Scraper } from '../measurement.ts';
import { column, rows } from './fields.ts';

/** Hexadecimal states of /proc/net/tcp by `network.connection.state`. */
const TCP_STATES: Readonly<Record<string, string>> = {
  '01': 'established',
  '02': 'syn_sent',
  '03': 'syn_received',
  '04': 'fin_wait_1',
  '05': 'fin_wait_2',
  '06': 'time_wait',
  '07': 'closed',
  '08': 'close_wait',
  '09': 'last_ack',
  '0A': 'listen',
  '0B': 'closing',
};

export function networkScraper(selected: (name: string) => boolean): Scraper {
  return {
    scrape: async (machine) => [...(await traffic(machine, selected)), await connections(machine)],
  };
}

async function traffic(machine: Machine, selected: (name: string) => boolean): Promise<Measurement[]> {
  const interfaces = (await machine.read('/proc/net/dev'))
    .split('\n')
    .slice(2)
    .map((line) => /^\s*([^:]+):(.*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, name = '', numbers = '']) => ({ name, columns: numbers.trim().split(/\s+/) }))
    .filter(({ name }) => selected(name));
  const both = (receive: number, transmit: number, device: string): Reading[] =>
    interfaces.flatMap(({ name, columns }) => [
      { value: column(columns, receive), attributes: { [device]: name, 'network.io.direction': 'receive' } },
      { value: column(columns, transmit), attributes: { [device]: name, 'network.io.direction': 'transmit' } },
    ]);
  const byInterface = 'network.interface.name';
  return [
    counter('system.network.io', 'By', 'Bytes received and transmitted.', both(0, 8, byInterface)),
    counter(
      'system.network.packet.count',
      '{packet}',
      'Packets received and transmitted.',
      both(1, 9, 'system.device'),
    ),
    counter('system.network.errors', '{error}', 'Errors found.', both(2, 10, byInterface)),
    counter('system.network.packet.dropped', '{packet}', 'Packets dropped without an error.', both(3, 11, byInterface)),
  ];
}

function counter(name: string, unit: string, description: string, readings: readonly Reading[]): Measurement {
  return { name, unit, description, kind: 'counter', type: 'int', readings };
}

async function connections(machine: Machine): Promise<Measurement> {
  const readings: Reading[] = [];
  const tcp = new Map(Object.values(TCP_STATES).map((state) => [state, 0]));
  for (const row of await sockets(machine, 'tcp')) {
    const state = TCP_STATES[row[3] ?? ''];
    if (state !== undefined) tcp.set(state, (tcp.get(state) ?? 0) + 1);
  }
  for (const [state, value] of tcp) {
    const attributes: Attributes = { 'network.transport': 'tcp', 'network.connection.state': state };
    readings.push({ value, attributes });
  }
  readings.push({ value: (await sockets(machine, 'udp')).length, attributes: { 'network.transport': 'udp' } });
  return {
    name: 'system.network.connection.count',
    unit: '{connection}',
    description: 'Sockets by transport and state.',
    kind: 'updown',
    type: 'int',
    readings,
  };
}

/** IPv4 and IPv6 sockets; a kernel without IPv6 has no file for them. */
async function sockets(machine: Machine, transport: 'tcp' | 'udp'): Promise<string[][]> {
  const v4 = rows(await machine.read(`/proc/net/${transport}`), 1);
  const v6 = await machine.read(`/proc/net/${transport}6`).catch(() => '');
  return [...v4, ...rows(v6, 1)];
}
