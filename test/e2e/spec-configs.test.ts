/**
 * One agent with every block of the specification, each as it stands, delivers every signal that the blocks leave on
 * to backends that stand in for those the blocks name; a second run turns on what they turn off.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from '@jest/globals';
import { type ExporterDefinition, enabledSignals } from '@telemetryflow/kernel';
import { encode, type Signal } from '@telemetryflow/otlp';
import { corpus, resolveText } from '@telemetryflow/testkit';
import { type Fleet, standIns, startFleet } from '../spec-configs/fleet.ts';
import { input } from '../spec-configs/input.ts';
import { readOtlp } from '../spec-configs/read-otlp.ts';
import type { Received, RunningStandIn } from '../spec-configs/stand-in.ts';
import { environment } from '../spec-configs/variables.ts';
import { type RunningAgent, startAgent } from './agent.ts';
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
  return [...running].flatMap(([type, { refused }]) => refused.map((why) => `${type}: ${why}`));
}

type SignalsByType = ReadonlyMap<string, readonly Signal[]>;

interface Run {
  /** Signals of which every item has to arrive, with its value. */
  readonly wanted: SignalsByType;
  /** Signals of which something has to arrive that sums them up. */
  readonly summarized?: SignalsByType;
  /** The agent is stopped after this time, in ms, however far it has come; default: when all has arrived. */
  readonly stopAfterMs?: number;
}

/** The cells of the table, as `type letter`, of which a backend has taken all that was sent. */
const proven = new Set<string>();
const cellsOf = (signals: SignalsByType): readonly { readonly type: string; readonly signal: Signal }[] =>
  [...signals].flatMap(([type, each]) => each.map((signal) => ({ type, signal })));
const cellName = ({ type, signal }: { readonly type: string; readonly signal: Signal }): string =>
  `${type} ${signal.charAt(0)}`;

/** Sends everything to an agent with these configurations, stops it, and compares what the stand-ins have. */
async function deliver(
  files: readonly string[],
  { wanted, summarized = new Map(), stopAfterMs }: Run,
): Promise<RunningAgent> {
  const fleet = await startFleet(new Map([...all].filter(([type]) => wanted.has(type))));
  const agent = await startAgent(files, { ...environment(), ...fleet.env });
  try {
    const time = stopAfterMs === undefined ? undefined : sleep(stopAfterMs);
    const bodies = input();
    const cells = cellsOf(wanted);
    await send(bodies, new Set(cells.map(({ signal }) => signal)));
    const sent = (signal: Signal): string[] => held(signal, readOtlp(signal, bodies[signal]));
    const got = ({ type, signal }: { type: string; signal: Signal }): string[] =>
      held(signal, fleet.running.get(type)?.received ?? []);
    const complete = () => cells.every((cell) => got(cell).length >= sent(cell.signal).length);
    await (time ?? eventually(async () => complete() || undefined, 100_000).catch(() => undefined));
    // What the agent still holds it delivers while it stops.
    expect(await agent.stop()).toBe(0);
    expect(refusals(fleet)).toEqual([]);
    expect(agent.output()).not.toContain('has no stand-in');
    // What Node.js itself says, of deprecations, leaks and timers.
    expect(agent.output()).not.toMatch(/^\(node:\d+\)/m);
    for (const cell of cells) {
      expect({ ...cell, items: got(cell) }).toEqual({ ...cell, items: sent(cell.signal) });
      proven.add(cellName(cell));
    }
    for (const { type, signal } of cellsOf(summarized)) {
      const items = fleet.running.get(type)?.received.filter((item) => item.signal === signal) ?? [];
      expect({ type, signal, some: items.length > 0 }).toEqual({ type, signal, some: true });
    }
    for (const { type, signal } of cells) {
      const server = fleet.running.get(type);
      if (signal === 'metrics' && server !== undefined) {
        expect({ type, hostMetrics: hostMetrics(server).length > 0 }).toEqual({ type, hostMetrics: true });
      }
    }
    return agent;
  } finally {
    await agent.stop();
    await fleet.close();
  }
}

const cellsOfTable: readonly string[] = Object.entries(TABLE).flatMap(([type, letters]) =>
  [...letters].map((letter) => `${type} ${letter}`),
);

test('the table has 44 cells of 20 blocks, each with a stand-in', () => {
  expect(cellsOfTable).toHaveLength(44);
  expect([...all.keys()]).toEqual(Object.keys(TABLE));
  expect(all.size).toBe(20);
});

describe('a stand-in takes all that its block leaves on:', () => {
  test.each([...all])('%s', async (type, { signals, summarized = [], refuses = [], env }) => {
    const { default: definition }: { default: ExporterDefinition } = await import(`@telemetryflow/exporter-${type}`);
    const text = readFileSync(blockOf(type), 'utf8');
    const { config } = await resolveText(definition, text, { ...environment(), ...env });
    const [exporter] = config.exporters.values();
    const on = enabledSignals(definition, exporter?.config);
    expect([...signals, ...summarized, ...refuses].sort()).toEqual([...on].sort());
  });
});

const MINUTE_MS = 60_000;

test('the blocks of the specification, all at once and as they stand, for a minute', async () => {
  const files = [...all.keys()].map(blockOf);
  expect(files).toHaveLength(20);
  const agent = await deliver(files, {
    wanted: new Map([...all].map(([type, { signals }]) => [type, signals])),
    summarized: new Map([...all].map(([type, { summarized = [] }]) => [type, summarized])),
    stopAfterMs: MINUTE_MS,
  });
  const refusing = cellsOf(new Map([...all].map(([type, { refuses = [] }]) => [type, refuses])));
  for (const { signal } of refusing) expect(agent.output()).toContain(`has no ingestion API for ${signal}`);
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
      return [...all].flatMap(([type, { signals, refuses = [] }]) =>
        [...signals, ...refuses].flatMap((signal) => {
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
  await deliver([written('switched-on.yaml', { exporters })], { wanted });
});

test('both runs together have proven all 44 cells of the table', () => {
  expect([...proven]).toEqual(expect.arrayContaining([...cellsOfTable]));
});
