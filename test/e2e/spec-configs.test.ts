/**
 * One agent with every block of the specification, each as it stands, delivers every signal that the blocks leave on
 * to backends that stand in for those the blocks name; a second run turns on what they turn off.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import type { Signal } from '@telemetryflow/otlp';
import { standIns, startFleet } from '../spec-configs/fleet.ts';
import { input } from '../spec-configs/input.ts';
import { readOtlp } from '../spec-configs/read-otlp.ts';
import type { Received, RunningStandIn } from '../spec-configs/stand-in.ts';
import { environment } from '../spec-configs/variables.ts';
import { startAgent } from './agent.ts';
import { eventually } from './referees/server.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'telemetryflow-blocks-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const all = await standIns();

/** What a backend has of the items sent, by id; spans with their names, which no backend changes. */
function held(signal: Signal, items: readonly Received[]): string[] {
  return items
    .filter((item) => item.signal === signal && item.id !== undefined)
    .map(({ id, name, value }) => `${id} ${signal === 'traces' ? `${name} ` : ''}${value}`)
    .sort();
}

const hostMetrics = ({ received }: RunningStandIn): readonly Received[] =>
  received.filter(({ signal, id, name }) => signal === 'metrics' && id === undefined && /system/.test(name));

/** Sends everything to an agent with these configurations until every stand-in has the signals named for it. */
async function deliver(files: readonly string[], wanted: ReadonlyMap<string, readonly Signal[]>): Promise<void> {
  const fleet = await startFleet(new Map([...all].filter(([type]) => wanted.has(type))));
  const agent = await startAgent(files, { ...environment(), ...fleet.env });
  try {
    const bodies = input();
    const cells = [...wanted].flatMap(([type, signals]) => signals.map((signal) => ({ type, signal })));
    for (const signal of new Set(cells.map((cell) => cell.signal))) {
      const headers = { 'content-type': 'application/x-protobuf' };
      const response = await fetch(`http://127.0.0.1:4318/v1/${signal}`, {
        method: 'POST',
        headers,
        body: bodies[signal],
      });
      expect(response.status).toBe(200);
    }
    const sent = (signal: Signal): string[] => held(signal, readOtlp(signal, bodies[signal]));
    const got = ({ type, signal }: { type: string; signal: Signal }): string[] =>
      held(signal, fleet.running.get(type)?.received ?? []);
    const complete = () => cells.every((cell) => got(cell).length >= sent(cell.signal).length);
    // CloudWatch's block waits a minute before it sends.
    await eventually(async () => complete() || undefined, 100_000).catch(() => undefined);
    expect(await agent.stop()).toBe(0);
    const refused = [...fleet.running].flatMap(([type, server]) => server.refused.map((why) => `${type}: ${why}`));
    expect(refused).toEqual([]);
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

test('the blocks of the specification, all at once and as they stand', async () => {
  const files = [...all.keys()].map((type) => path.join(import.meta.dirname, `../spec-configs/configs/${type}.yaml`));
  await deliver(files, new Map([...all].map(([type, { signals }]) => [type, signals])));
});

test('the signals that the blocks turn off, turned on', async () => {
  const exporters: Record<string, unknown> = {};
  const wanted = new Map<string, readonly Signal[]>();
  for (const [type, { switchedOff }] of all) {
    if (switchedOff === undefined) continue;
    exporters[type] = switchedOff.block;
    wanted.set(type, switchedOff.signals);
  }
  const file = path.join(folder, 'switched-on.yaml');
  writeFileSync(file, JSON.stringify({ exporters }));
  await deliver([file], wanted);
});
