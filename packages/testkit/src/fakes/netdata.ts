/**
 * The StatsD plugin of a Netdata Agent: strict about the grammar of lines, and as it is about everything else, from
 * lower-cased names to counters that are cut to whole numbers. It never answers.
 */
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { startTcpBackend } from '../backend/tcp-backend.ts';

/** A chart with one dimension, as `/api/v1/charts` shows it. */
export interface NetdataChart {
  readonly id: string;
  readonly type: 'gauge' | 'counter';
  readonly units: string;
  readonly family: string;
  readonly dimension: string;
  /** A gauge's last value, in thousandths cut; a counter's total. */
  value: number;
}

const LINE = /^([^:=|@#\s][^:=|@#\n]*):([^|\n]*)\|([a-z]+)(?:\|#([^|\n]*))?$/;
const TYPES: Readonly<Record<string, NetdataChart['type']>> = { g: 'gauge', c: 'counter' };
/** Larger values come out as the smallest int64. */
const MAX_VALUE = 9.2e15;

/**
 * Netdata's StatsD server: what it shows, and what a person would find wrong.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type NetdataChart, NetdataStatsd } from '@telemetryflow/testkit';
 *
 * const agent = new NetdataStatsd();
 * agent.read('shop.orders:2|c|#units:orders');
 * agent.read('shop.orders:3|c');
 * const chart: NetdataChart | undefined = agent.charts.get('statsd_shop.orders_counter');
 * assert.deepEqual([chart?.value, chart?.units], [5, 'orders']);
 * agent.read('shop.orders:NaN|c');
 * assert.deepEqual(agent.refused, ['not shown as it is: shop.orders:NaN|c']);
 * ```
 */
export class NetdataStatsd {
  readonly #charts = new Map<string, NetdataChart>();
  /** Every line as it came. */
  readonly lines: string[] = [];
  /** What a person would find wrong: lines out of the grammar, and values that are shown as something else. */
  readonly refused: string[] = [];

  /** Charts by id. */
  get charts(): ReadonlyMap<string, NetdataChart> {
    return this.#charts;
  }

  read(line: string): void {
    if (line === '') return;
    this.lines.push(line);
    const [, name = '', value = '', kind = '', tags = ''] = LINE.exec(line) ?? [];
    const type = TYPES[kind];
    if (type === undefined || Buffer.byteLength(line) > 8192) {
      this.refused.push(`no line: ${line}`);
      return;
    }
    const number = Number(value);
    if (!/^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/.test(value) || Math.abs(number) >= MAX_VALUE) {
      this.refused.push(`not shown as it is: ${line}`);
      return;
    }
    const id = `statsd_${name.toLowerCase().replaceAll(/[^a-z0-9._-]/g, '_')}_${type}`;
    const told = new Map(
      tags.split(',').map((tag) => [tag.slice(0, tag.indexOf(':')), tag.slice(tag.indexOf(':') + 1)]),
    );
    const chart = this.#charts.get(id) ?? {
      id,
      type,
      units: told.get('units') ?? (type === 'counter' ? 'events/s' : 'value'),
      family: told.get('family') ?? '',
      dimension: told.get('name') ?? type,
      value: 0,
    };
    if (type === 'counter') {
      if (!Number.isInteger(number)) this.refused.push(`cut to a whole number: ${line}`);
      chart.value += Math.trunc(number);
    } else {
      chart.value = Math.trunc((/^[+-]/.test(value) ? chart.value + number : number) * 1000) / 1000;
    }
    this.#charts.set(id, chart);
  }
}

/** A running {@link fakeNetdataStatsd}. */
export interface FakeNetdataStatsd {
  readonly port: number;
  readonly agent: NetdataStatsd;
  /** Connections accepted so far; datagrams have none. */
  readonly accepted: number;
  /** Sizes of the datagrams. */
  readonly datagrams: readonly number[];
  /** Resolves when at least `count` lines have been read. */
  received(count: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * Start it on a free port of 127.0.0.1.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import netdata from '@telemetryflow/exporter-netdata';
 * import { type FakeNetdataStatsd, fakeNetdataStatsd, metrics, throughPipeline } from '@telemetryflow/testkit';
 *
 * const server: FakeNetdataStatsd = await fakeNetdataStatsd();
 * // StatsD has no times: what is older than two intervals is dropped.
 * const block = { metrics_endpoint: `statsd://127.0.0.1:${server.port}`, flush_interval: '10s' };
 * await throughPipeline(netdata, block, 'metrics', metrics(1, { variety: 'plain', startMs: Date.now() }));
 * await server.received(1);
 * await server.close();
 * assert.deepEqual(server.agent.refused, []);
 * ```
 */
export async function fakeNetdataStatsd(transport: 'tcp' | 'udp' = 'tcp'): Promise<FakeNetdataStatsd> {
  const agent = new NetdataStatsd();
  let waiting: (() => void)[] = [];
  const read = (lines: readonly string[]): void => {
    for (const line of lines) agent.read(line);
    for (const wake of waiting.splice(0)) wake();
  };
  const received = async (count: number): Promise<void> => {
    while (agent.lines.length < count) {
      await new Promise<void>((resolve) => {
        waiting = [...waiting, resolve];
      });
    }
  };
  if (transport === 'udp') {
    const socket: UdpSocket = createSocket('udp4');
    const datagrams: number[] = [];
    socket.on('message', (message) => {
      datagrams.push(message.length);
      read(message.toString().split('\n'));
    });
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const close = (): Promise<void> => new Promise((resolve) => socket.close(() => resolve()));
    return { port: socket.address().port, agent, accepted: 0, datagrams, received, close };
  }
  const server = await startTcpBackend((socket) => {
    let rest = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      read(lines);
    });
  });
  return {
    port: server.port,
    agent,
    get accepted() {
      return server.accepted;
    },
    datagrams: [],
    received,
    close: () => server.close(),
  };
}
