/** A TCP server in a process of its own that reads and forgets, so that only the sender is measured. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const SERVER = `
  const server = require('node:net').createServer((socket) => socket.on('error', () => undefined).resume());
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
  process.stdin.on('end', () => process.exit()).resume();`;

/** The port of the server. It ends with the process that started it. */
export async function startTcpSink(): Promise<number> {
  const sink = spawn(process.execPath, ['-e', SERVER], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [port] = await once(sink.stdout, 'data');
  for (const held of [sink, sink.stdout, sink.stdin]) (held as unknown as { unref(): void }).unref();
  return Number(String(port).trim());
}
