/** Prometheus: Debian's 2.42 (remote write 1.0) and 3.14 (1.0, 2.0 and OTLP). */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { dataDir, debianPackage, readyBinary } from './cache.ts';
import { answers, freePort, type Referee, startServer } from './server.ts';

async function start(version: string, binary: string, features: readonly string[], settings = ''): Promise<Referee> {
  const dir = await dataDir();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  await writeFile(path.join(dir, 'prometheus.yml'), `storage:\n  exemplars:\n    max_exemplars: 1000\n${settings}`);
  const listen = [
    `--config.file=${dir}/prometheus.yml`,
    `--storage.tsdb.path=${dir}/data`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  return startServer({
    name: 'prometheus',
    version,
    url,
    dir,
    command: binary,
    args: [...listen, '--web.enable-remote-write-receiver', ...features],
    ready: () => answers(`${url}/-/ready`),
  });
}

/** Debian 12's Prometheus 2.42. */
export async function startPrometheus2(): Promise<Referee> {
  const root = await debianPackage('prometheus');
  return start('2.42.0', path.join(root, 'usr/bin/prometheus'), [
    '--enable-feature=native-histograms,exemplar-storage',
  ]);
}

/** Prometheus 3.14, where its binary is at hand; `settings` are more lines of its configuration. */
export async function startPrometheus3(settings = ''): Promise<Referee | undefined> {
  const binary = await readyBinary('prometheus3');
  if (binary === undefined) return undefined;
  return start('3.14.0', binary, ['--enable-feature=exemplar-storage', '--web.enable-otlp-receiver'], settings);
}
