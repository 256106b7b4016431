/** All stand-ins at once, and the environment in which an agent finds them where its configuration names others. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { REDIRECT_VARIABLE, testCa } from '@telemetryflow/testkit';
import type { RunningStandIn, StandIn } from './stand-in.ts';

const folder = new URL('stand-ins/', import.meta.url);
const preload = new URL('../../packages/testkit/src/redirect/preload.ts', import.meta.url).href;

/** The stand-ins by type. */
export async function standIns(): Promise<ReadonlyMap<string, StandIn>> {
  const files = readdirSync(folder).sort();
  return new Map(
    await Promise.all(
      files.map(async (file) => {
        const { default: standIn }: { default: StandIn } = await import(new URL(file, folder).href);
        return [path.basename(file, '.ts'), standIn] as const;
      }),
    ),
  );
}

/** Running stand-ins. */
export interface Fleet {
  readonly running: ReadonlyMap<string, RunningStandIn>;
  /** For the agent's process. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Starts them all. */
export async function startFleet(wanted: ReadonlyMap<string, StandIn>): Promise<Fleet> {
  const dir = mkdtempSync(path.join(tmpdir(), 'telemetryflow-fleet-'));
  const ca = testCa();
  const running = new Map<string, RunningStandIn>();
  const table: Record<string, string> = {};
  const env: Record<string, string> = {};
  const serve = async (name: string, standIn: Omit<StandIn, 'signals'>): Promise<void> => {
    const names = standIn.hosts.map((host) => host.replace(/:\d+$/, ''));
    const server = await standIn.start(standIn.tls ? ca.issue({ hosts: names }) : undefined);
    running.set(name, server);
    for (const host of standIn.hosts) table[host] = `127.0.0.1:${server.port}`;
    Object.assign(env, standIn.env);
  };
  for (const [type, standIn] of wanted) {
    await serve(type, standIn);
    if (standIn.besides !== undefined) await serve(`${type}, besides`, standIn.besides);
  }
  const caFile = path.join(dir, 'ca.pem');
  writeFileSync(caFile, ca.cert);
  return {
    running,
    env: {
      ...env,
      NODE_OPTIONS: `--import ${preload}`,
      NODE_EXTRA_CA_CERTS: caFile,
      [REDIRECT_VARIABLE]: JSON.stringify(table),
    },
    async close() {
      for (const server of running.values()) await server.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
