/** OpenSearch 2.19 from its integration-test archive: no security, no plugins. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { dataDir, mavenArtifact } from './cache.ts';
import { javaHome, nodeSettings } from './elasticsearch.ts';
import { freePort, type Referee, startServer } from './server.ts';

const run = promisify(execFile);
const VERSION = '2.19.5';

export interface OpenSearch extends Referee {
  /** A JSON request to the server. */
  request(method: string, path: string, body?: unknown): Promise<unknown>;
}

/** Starts it as an unprivileged user, since it refuses to run as root. */
export async function startOpenSearch(): Promise<OpenSearch> {
  const file = `opensearch-${VERSION}.zip`;
  const zip = await mavenArtifact(`org.opensearch.distribution.integ-test-zip:opensearch:${VERSION}:zip`, file);
  const dir = await dataDir();
  await run('unzip', ['-q', zip, '-d', dir]);
  const [name = ''] = (await readdir(dir)).filter((entry) => entry.startsWith('opensearch'));
  const port = await freePort();
  await mkdir(path.join(dir, 'tmp'));
  const asRoot = process.getuid?.() === 0;
  if (asRoot) await run('chown', ['-R', 'nobody:nogroup', dir]);
  const url = `http://127.0.0.1:${port}`;
  const request = async (method: string, target: string, body?: unknown): Promise<unknown> => {
    const headers = { 'content-type': 'application/json' };
    const init = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) };
    return (await fetch(`${url}${target}`, init)).json();
  };
  const command = asRoot ? 'runuser' : 'env';
  const referee = await startServer({
    name: 'opensearch',
    version: VERSION,
    url,
    dir,
    command,
    args: [
      ...(asRoot ? ['-u', 'nobody', '--', 'env'] : []),
      `HOME=${dir}`,
      `OPENSEARCH_TMPDIR=${dir}/tmp`,
      `JAVA_HOME=${await javaHome()}`,
      'OPENSEARCH_JAVA_OPTS=-Xms256m -Xmx256m',
      `${dir}/${name}/bin/opensearch`,
      '-p',
      `${dir}/pid`,
      ...Object.entries(await nodeSettings(dir, port)).flatMap(([key, value]) => ['-E', `${key}=${value}`]),
    ],
    ready: async () => (await request('GET', '/_cluster/health')) !== undefined,
    stopPid: () => Number(readFileSync(`${dir}/pid`, 'utf8')),
  });
  return { ...referee, request };
}
