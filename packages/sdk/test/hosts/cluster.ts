/** A clustered service, each worker with telemetry of its own: `node cluster.ts <endpoint>`. */
import cluster from 'node:cluster';
import { once } from 'node:events';
import { startGuest } from './guest.ts';

if (cluster.isPrimary) {
  const endings = ['one', 'two'].map(async (name) => {
    const worker = cluster.fork({ NAME: name });
    await once(worker, 'message');
    worker.disconnect();
    const [code] = await once(worker, 'exit');
    return `${name} ${code}`;
  });
  console.log((await Promise.all(endings)).join('\n'));
} else {
  const { work } = await startGuest(process.argv[2] ?? '', { flushOnExit: true });
  work(process.env['NAME'] ?? '');
  process.send?.('ready');
}
