/** Zipkin 3.6.1: its JSON v2 and proto3 API and its queries, in memory. */
import { dataDir, mavenArtifact } from './cache.ts';
import { answers, freePort, type Referee, startServer } from './server.ts';

/** Starts a Zipkin on loopback. Needs Java 17 and Maven. */
export async function startZipkin(): Promise<Referee> {
  const jar = await mavenArtifact('io.zipkin:zipkin-server:3.6.1:jar:exec', 'zipkin-server-3.6.1-exec.jar');
  const dir = await dataDir();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  return startServer({
    name: 'zipkin',
    version: '3.6.1',
    url,
    dir,
    command: 'java',
    args: [
      '-Xmx256m',
      '-jar',
      jar,
      '--armeria.ports[0].ip=127.0.0.1',
      `--armeria.ports[0].port=${port}`,
      '--armeria.ports[0].protocols[0]=http',
    ],
    ready: () => answers(`${url}/health`),
  });
}
