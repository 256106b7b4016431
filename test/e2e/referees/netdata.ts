/** Debian 12's Netdata Agent 1.37.1, with its StatsD plugin and nothing else. It knows no OTLP: that came with 2.7. */
import { mkdir, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import path from 'node:path';
import { dataDir, debianPackage } from './cache.ts';
import { answers, freePort, type Referee, startServer } from './server.ts';

export interface NetdataAgent extends Referee {
  /** TCP and UDP. */
  readonly statsdPort: number;
}

/** Plugins that would collect metrics of the machine. */
const OTHERS = [
  ...['timex', 'idlejitter', 'netdata monitoring', 'netdata monitoring extended', 'tc', 'diskspace', 'proc', 'cgroups'],
  ...['slabinfo', 'enable running new plugins', 'apps', 'perf', 'ioping', 'go.d', 'python.d', 'charts.d'],
];

export async function startNetdata(): Promise<NetdataAgent> {
  const [root, uv, json] = [
    await debianPackage('netdata-core'),
    await debianPackage('libuv1'),
    await debianPackage('libjson-c5'),
  ];
  const dir = await dataDir();
  const [port, statsdPort] = [await freePort(), await freePort()];
  const state = path.join(dir, 'state');
  await mkdir(state);
  const lines = (names: readonly string[], value: string) => names.map((name) => `    ${name} = ${value}`);
  const config = [
    '[global]',
    `    run as user = ${userInfo().username}`,
    '[directories]',
    ...lines(['home', 'config', 'stock config', 'web', 'plugins'], dir),
    ...lines(['lib', 'cache', 'log'], state),
    '[logs]',
    '    debug = none',
    `    error = ${dir}/error.log`,
    '    access = none',
    '[db]',
    '    mode = ram',
    '    retention = 600',
    '[health]',
    '    enabled = no',
    '[ml]',
    '    enabled = no',
    '[cloud]',
    '    enabled = no',
    '[web]',
    `    bind to = 127.0.0.1:${port}`,
    '[plugins]',
    ...lines(OTHERS, 'no'),
    '    statsd = yes',
    '[statsd]',
    `    bind to = udp:127.0.0.1:${statsdPort} tcp:127.0.0.1:${statsdPort}`,
  ];
  const file = path.join(dir, 'netdata.conf');
  await writeFile(file, `${config.join('\n')}\n`);
  const url = `http://127.0.0.1:${port}`;
  const libraries = [uv, json].map((folder) => path.join(folder, 'usr/lib/x86_64-linux-gnu')).join(':');
  const referee = await startServer({
    name: 'netdata',
    version: '1.37.1',
    url,
    dir,
    command: path.join(root, 'usr/sbin/netdata'),
    args: ['-D', '-c', file, '-P', path.join(dir, 'pid')],
    env: { LD_LIBRARY_PATH: libraries },
    ready: () => answers(`${url}/api/v1/info`),
  });
  return { ...referee, statsdPort };
}
