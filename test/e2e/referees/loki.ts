/** Grafana Loki 3.7, single binary with a file store. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { dataDir, readyBinary } from './cache.ts';
import { answers, freePort, type Referee, startServer } from './server.ts';

const config = (dir: string, http: number, grpc: number): string => `
auth_enabled: false
server: { http_listen_address: 127.0.0.1, http_listen_port: ${http}, grpc_listen_address: 127.0.0.1, grpc_listen_port: ${grpc}, log_level: warn }
common:
  instance_addr: 127.0.0.1
  path_prefix: ${dir}
  replication_factor: 1
  ring: { kvstore: { store: inmemory } }
  storage: { filesystem: { chunks_directory: ${dir}/chunks, rules_directory: ${dir}/rules } }
schema_config:
  configs:
    - { from: 2024-01-01, store: tsdb, object_store: filesystem, schema: v13, index: { prefix: index_, period: 24h } }
limits_config: { allow_structured_metadata: true, reject_old_samples: true, reject_old_samples_max_age: 168h, max_line_size: 256KB }
analytics: { reporting_enabled: false }
`;

/** Loki, where its binary is at hand. Ready after some 16 s (its ring waits). */
export async function startLoki(): Promise<Referee | undefined> {
  const binary = await readyBinary('loki3');
  if (binary === undefined) return undefined;
  const dir = await dataDir();
  const [http, grpc] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${http}`;
  await writeFile(path.join(dir, 'loki.yaml'), config(dir, http, grpc));
  return startServer({
    name: 'loki',
    version: '3.7.6',
    url,
    dir,
    command: binary,
    args: [`-config.file=${dir}/loki.yaml`],
    ready: () => answers(`${url}/ready`, 'ready'),
  });
}
