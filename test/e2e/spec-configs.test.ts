/**
 * One agent with every block of the specification, each as it stands, delivers every signal that the blocks leave on
 * to backends that stand in for those the blocks name; a second run turns on what they turn off.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { encode, type Signal } from '@telemetryflow/otlp';
import { corpus } from '@telemetryflow/testkit';
import { type Fleet, standIns, startFleet } from '../spec-configs/fleet.ts';
import { input } from '../spec-configs/input.ts';
import { readOtlp } from '../spec-configs/read-otlp.ts';
import type { Received, RunningStandIn } from '../spec-configs/stand-in.ts';
import { environment } from '../spec-configs/variables.ts';
import { startAgent } from './agent.ts';
import { eventually, freePort } from './referees/server.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'telemetryflow-blocks-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SIGNALS: readonly Signal[] = ['traces', 'metrics', 'logs'];
const all = await standIns();

/** What the specification's table says each block sends: metrics, logs, traces. */
const TABLE: Readonly<Record<string, string>> = {
  cloudwatch: 'ml',
  coroot: 'mlt',
  datadog: 'mlt',
  dynatrace: 'mlt',
  elasticsearch: 'ml',
  hyperdx: 'mlt',
  influxdb: 'm',
  instana: 'mlt',
  jaeger: 't',
  kafka: 'mlt',
  loki: 'l',
  manageengine: 'ml',
  netdata: 'm',
  newrelic: 'mlt',
  openobserve: 'mlt',
  prometheus: 'm',
  signoz: 'mlt',
  splunk: 'ml',
  webhook: 'mlt',
  zipkin: 't',
};

/** What a backend has of the items sent, by id; spans with their names, which no backend changes. */
function held(signal: Signal, items: readonly Received[]): string[] {
  return items
    .filter((item) => item.signal === signal && item.id !== undefined)
    .map(({ id, name, value }) => `${id} ${signal === 'traces' ? `${name} ` : ''}${value}`)
    .sort();
}

const hostMetrics = ({ received }: RunningStandIn): readonly Received[] =>
  received.filter(({ signal, id, name }) => signal === 'metrics' && id === undefined && /system/.test(name));

const blockOf = (type: string): string => path.join(import.meta.dirname, `../spec-configs/configs/${type}.yaml`);

/** A configuration as a file. */
function written(name: string, config: object): string {
  const file = path.join(folder, name);
  writeFileSync(file, JSON.stringify(config));
  return file;
}

/** Hands the requests to the agent's receiver. */
async function send(bodies: Readonly<Record<Signal, Uint8Array>>, signals: Iterable<Signal> = SIGNALS): Promise<void> {
  for (const signal of signals) {
    const response = await fetch(`http://127.0.0.1:4318/v1/${signal}`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf' },
      body: Buffer.from(bodies[signal]),
    });
    expect(response.status).toBe(200);
  }
}

/** Every request that a stand-in has refused. */
function refusals({ running }: Fleet): readonly string[] {
  return [...running].flatMap(([type, { refused = [] }]) => refused.map((why) => `${type}: ${why}`));
}

/** Sends everything to an agent with these configurations until every stand-in has the signals named for it. */
async function deliver(
  files: readonly string[],
  wanted: ReadonlyMap<string, readonly Signal[]>,
  summarized: ReadonlyMap<string, readonly Signal[]> = new Map(),
): Promise<void> {
  const fleet = await startFleet(new Map([...all].filter(([type]) => wanted.has(type))));
  const agent = await startAgent(files, { ...environment(), ...fleet.env });
  try {
    const bodies = input();
    const cells = [...wanted].flatMap(([type, signals]) => signals.map((signal) => ({ type, signal })));
    await send(bodies, new Set(cells.map(({ signal }) => signal)));
    const sent = (signal: Signal): string[] => held(signal, readOtlp(signal, bodies[signal]));
    const got = ({ type, signal }: { type: string; signal: Signal }): string[] =>
      held(signal, fleet.running.get(type)?.received ?? []);
    const silent = (): readonly string[] =>
      [...summarized].flatMap(([type, signals]) => {
        const items = fleet.running.get(type)?.received ?? [];
        return signals
          .filter((signal) => !items.some((item) => item.signal === signal))
          .map((each) => `${type} ${each}`);
      });
    const complete = () => cells.every((cell) => got(cell).length >= sent(cell.signal).length) && silent().length === 0;
    // CloudWatch's block waits a minute before it sends.
    await eventually(async () => complete() || undefined, 100_000).catch(() => undefined);
    expect(await agent.stop()).toBe(0);
    expect(refusals(fleet)).toEqual([]);
    expect(silent()).toEqual([]);
    expect(agent.output()).not.toContain('has no stand-in');
    for (const cell of cells) expect({ ...cell, items: got(cell) }).toEqual({ ...cell, items: sent(cell.signal) });
    for (const { type, signal } of cells) {
      const server = fleet.running.get(type);
      if (signal === 'metrics' && server !== undefined) {
        expect({ type, hostMetrics: hostMetrics(server).length > 0 }).toEqual({ type, hostMetrics: true });
      }
    }
  } finally {
    await agent.stop();
    await fleet.close();
  }
}

test('each of the 20 blocks has a stand-in, which takes each of the 44 cells of the table', () => {
  const cells = Object.entries(TABLE).flatMap(([type, letters]) => [...letters].map((letter) => `${type} ${letter}`));
  expect(cells).toHaveLength(44);
  expect([...all.keys()]).toEqual(Object.keys(TABLE));
  const taken = [...all].flatMap(([type, { signals, switchedOff }]) =>
    [...signals, ...(switchedOff?.signals ?? [])].map((signal) => `${type} ${signal.charAt(0)}`),
  );
  expect(taken).toEqual(expect.arrayContaining(cells));
});

test('the blocks of the specification, all at once and as they stand', async () => {
  const files = [...all.keys()].map(blockOf);
  await deliver(
    files,
    new Map([...all].map(([type, { signals }]) => [type, signals])),
    new Map([...all].map(([type, { summarized = [] }]) => [type, summarized])),
  );
});

test('every kind of value, metric, status, link and event in pairs: each is received or counted as dropped', async () => {
  const files = [...all.keys()].map(blockOf);
  const address = `127.0.0.1:${await freePort()}`;
  files.push(written('otlp-only.yaml', { receivers: { otlp: {} }, service: { telemetry: { metrics: { address } } } }));
  const fleet = await startFleet(all);
  const agent = await startAgent(files, { ...environment(), ...fleet.env });
  try {
    const { rows, ...records } = corpus({ startMs: Date.now() - 60_000 });
    await send({
      traces: encode('traces', records.traces),
      metrics: encode('metrics', records.metrics),
      logs: encode('logs', records.logs),
    });
    const ids = new Set(rows.map((_, index) => `item-${index}`));
    const missing = async (): Promise<readonly object[]> => {
      const dropped = await droppedItems(`http://${address}/metrics`);
      return [...all].flatMap(([type, { signals }]) =>
        signals.flatMap((signal) => {
          const items = fleet.running.get(type)?.received.filter((item) => item.signal === signal) ?? [];
          const received = new Set(items.flatMap(({ id }) => (id !== undefined && ids.has(id) ? [id] : [])));
          const counted = dropped.get(`${type} ${signal}`) ?? 0;
          return received.size + counted === rows.length ? [] : [{ type, signal, received: received.size, counted }];
        }),
      );
    };
    await eventually(async () => ((await missing()).length === 0 ? true : undefined), 100_000).catch(() => undefined);
    expect(await missing()).toEqual([]);
    expect(refusals(fleet)).toEqual([]);
  } finally {
    await agent.stop();
    await fleet.close();
  }
});

/** Items that exporters have dropped, by `type signal`, as the agent itself counts them. */
async function droppedItems(url: string): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  const text = await (await fetch(url)).text();
  for (const [, labels = '', value = ''] of text.matchAll(/^telemetryflow_dropped_items(?:_total)?\{(.*)\} (\S+)/gm)) {
    const label = (name: string): string => new RegExp(`${name}="([^"]*)"`).exec(labels)?.[1] ?? '';
    const key = `${label('component').replace(/^exporter:|\/.*$/g, '')} ${label('otel_signal')}`;
    counts.set(key, (counts.get(key) ?? 0) + Number(value));
  }
  return counts;
}

test('the signals that the blocks turn off, turned on', async () => {
  const exporters: Record<string, unknown> = {};
  const wanted = new Map<string, readonly Signal[]>();
  for (const [type, { switchedOff }] of all) {
    if (switchedOff === undefined) continue;
    exporters[type] = switchedOff.block;
    wanted.set(type, switchedOff.signals);
  }
  await deliver([written('switched-on.yaml', { exporters })], wanted);
});
