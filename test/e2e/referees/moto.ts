/** moto: AWS CloudWatch and CloudWatch Logs, requests parsed as AWS parses them. */
import path from 'node:path';
import { dataDir, pythonEnvironment } from './cache.ts';
import { answers, freePort, type Referee, startServer } from './server.ts';

/** Starts a moto server without signature checks. */
export async function startMoto(): Promise<Referee> {
  const bin = await pythonEnvironment('moto', ['moto==5.2.5', 'flask', 'flask-cors']);
  const dir = await dataDir();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  return startServer({
    name: 'moto',
    version: '5.2.5',
    url,
    dir,
    command: path.join(bin, 'moto_server'),
    args: ['-H', '127.0.0.1', '-p', String(port)],
    ready: () => answers(`${url}/moto-api/`),
  });
}
