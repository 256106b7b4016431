/** A service with worker threads, each with telemetry of its own: `node workers.ts <endpoint>`. */
import { once } from 'node:events';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { startGuest } from './guest.ts';

const endpoint: string = isMainThread ? (process.argv[2] ?? '') : workerData.endpoint;
const { work } = await startGuest(endpoint, { flushOnExit: true });
if (isMainThread) {
  work('main');
  for (const name of ['one', 'two']) {
    const worker = new Worker(new URL(import.meta.url), { workerData: { endpoint, name } });
    const [code] = await once(worker, 'exit');
    console.log(name, code);
  }
} else {
  work(workerData.name);
}
