// In the place of the runtime: two invocations of one instance.
import { handler } from './handler.mjs';

for (const order of ['A-1', 'A-2']) {
  const end = Date.now() + 3000;
  const context = { awsRequestId: `request-${order}`, getRemainingTimeInMillis: () => end - Date.now() };
  console.log(await handler({ order }, context));
}
// A runtime freezes or kills the process here; nobody gets to flush anything.
process.kill(process.pid, 'SIGKILL');
