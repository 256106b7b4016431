/** Elasticsearch 8.19 from its integration-test archive: TLS, one user, no modules but transport and security. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { dataDir, mavenArtifact } from './cache.ts';
import { type Certificate, certificate } from './certificate.ts';
import { freePort, type Referee, startServer } from './server.ts';

const run = promisify(execFile);
const VERSION = '8.19.2';

export interface Elasticsearch extends Referee {
  readonly username: string;
  readonly password: string;
  readonly certificate: Certificate;
  /** A JSON request to the server with its user. */
  request(method: string, path: string, body?: unknown): Promise<unknown>;
}

/** The folder of the Java on the path. */
export async function javaHome(): Promise<string> {
  const { stdout } = await run('sh', ['-c', 'dirname $(dirname $(readlink -f $(command -v java)))']);
  return stdout.trim();
}

/** Settings of a server of one node on loopback; OpenSearch has the same. */
export async function nodeSettings(
  dir: string,
  port: number,
): Promise<Readonly<Record<string, string | number | boolean>>> {
  return {
    'http.port': port,
    'transport.port': await freePort(),
    'network.host': '127.0.0.1',
    'discovery.type': 'single-node',
    'path.data': `${dir}/data`,
    'path.logs': `${dir}/logs`,
    'cluster.routing.allocation.disk.threshold_enabled': false,
  };
}

/** Starts it as an unprivileged user, since it refuses to run as root. */
export async function startElasticsearch(): Promise<Elasticsearch> {
  const file = `elasticsearch-${VERSION}.zip`;
  const zip = await mavenArtifact(`org.elasticsearch.distribution.integ-test-zip:elasticsearch:${VERSION}:zip`, file);
  const dir = await dataDir();
  await run('unzip', ['-q', zip, '-d', dir]);
  const home = path.join(dir, `elasticsearch-${VERSION}`);
  const port = await freePort();
  const tls = await certificate(dir);
  await copyFile(tls.cert, path.join(home, 'config', 'localhost.pem'));
  await copyFile(tls.key, path.join(home, 'config', 'localhost.key'));
  await mkdir(path.join(dir, 'tmp'));
  const asRoot = process.getuid?.() === 0;
  if (asRoot) await run('chown', ['-R', 'nobody:nogroup', dir]);
  const prefix = asRoot ? ['runuser', '-u', 'nobody', '--', 'env'] : ['env'];
  const java = await javaHome();
  const environment = [
    `HOME=${dir}`,
    `ES_TMPDIR=${dir}/tmp`,
    `ES_JAVA_HOME=${java}`,
    'CLI_JAVA_OPTS=-Xmx64m',
    'ES_JAVA_OPTS=-Xms512m -Xmx512m',
  ];
  const as = [...prefix, ...environment];
  const [username, password] = ['ref', 'ref-pass'];
  await run(as[0] ?? 'env', [
    ...as.slice(1),
    `${home}/bin/elasticsearch-users`,
    'useradd',
    username,
    '-p',
    password,
    '-r',
    'superuser',
  ]);
  const settings = {
    ...(await nodeSettings(dir, port)),
    'xpack.security.enabled': true,
    'xpack.security.http.ssl.enabled': true,
    'xpack.security.http.ssl.key': 'localhost.key',
    'xpack.security.http.ssl.certificate': 'localhost.pem',
  };
  const url = `https://localhost:${port}`;
  const curl = ['-sS', '--cacert', tls.cert, '-u', `${username}:${password}`, '-H', 'content-type: application/json'];
  const request = async (method: string, target: string, body?: unknown): Promise<unknown> => {
    const data = body === undefined ? [] : ['--data-binary', typeof body === 'string' ? body : JSON.stringify(body)];
    const { stdout } = await run('curl', [...curl, '-X', method, `${url}${target}`, ...data], { maxBuffer: 1 << 28 });
    return JSON.parse(stdout);
  };
  const referee = await startServer({
    name: 'elasticsearch',
    version: VERSION,
    url,
    dir,
    command: as[0] ?? 'env',
    args: [
      ...as.slice(1),
      `${home}/bin/elasticsearch`,
      '-p',
      `${dir}/pid`,
      ...Object.entries(settings).flatMap(([key, value]) => ['-E', `${key}=${value}`]),
    ],
    ready: async () => (await request('GET', '/_cluster/health')) !== undefined,
    stopPid: () => Number(readFileSync(`${dir}/pid`, 'utf8')),
  });
  return { ...referee, username, password, certificate: tls, request };
}
