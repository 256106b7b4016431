/**
 * A function in a runtime that freezes its process as soon as an invocation is answered: `node function.ts <endpoint>`.
 * The process stops itself, as the runtime would stop it, and works on when it is continued.
 */
import { flushAfter } from '../../src/index.ts';
import { startGuest } from './guest.ts';

const { telemetry, work } = await startGuest(process.argv[2] ?? '');
const handler = flushAfter(telemetry, async (event: { readonly name: string }, _context: object) => {
  work(event.name);
  return 'answer';
});
for (const name of ['first', 'second']) {
  const answer = await handler({ name }, { getRemainingTimeInMillis: () => 30_000 });
  console.log(`${name} ${answer}`);
  process.kill(process.pid, 'SIGSTOP');
}
