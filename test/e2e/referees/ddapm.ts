/** The APM test agent of Datadog: takes OTLP and traces of tracers as an Agent does, and shows what it took. */
import path from 'node:path';
import { dataDir, pythonEnvironment } from './cache.ts';
import { answers, freePort, type Referee, startServer } from './server.ts';

/** `url` is where it takes OTLP over HTTP, `tracesUrl` its intake for tracers. */
export async function startDdapm(): Promise<Referee & { readonly tracesUrl: string }> {
  const bin = await pythonEnvironment('ddapm', ['ddapm-test-agent==1.69.1']);
  const dir = await dataDir();
  const [port, otlpPort, grpcPort] = [await freePort(), await freePort(), await freePort()];
  const otlp = ['--otlp-http-port', String(otlpPort), '--otlp-grpc-port', String(grpcPort)];
  const server = await startServer({
    name: 'ddapm-test-agent',
    version: '1.69.1',
    url: `http://127.0.0.1:${otlpPort}`,
    dir,
    command: path.join(bin, 'ddapm-test-agent'),
    args: ['-p', String(port), ...otlp, '--snapshot-dir', dir],
    ready: () => answers(`http://127.0.0.1:${port}/info`),
  });
  return { ...server, tracesUrl: `http://127.0.0.1:${port}` };
}
