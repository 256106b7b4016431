/** An HTTP server in a process of its own that takes every request, so that only the sender is measured. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const SERVER = `
  const [, status, headers, body, delay] = process.argv;
  const answer = { ...JSON.parse(headers), 'content-length': Buffer.byteLength(body) };
  const server = require('node:http').createServer((request, response) => {
    const end = () => response.writeHead(Number(status), answer).end(body);
    request.resume().on('end', () => (Number(delay) > 0 ? setTimeout(end, Number(delay)) : end()));
  });
  // A contestant that waits for the other one is not to find its socket closed.
  server.keepAliveTimeout = 600_000;
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
  process.stdin.on('end', () => process.exit()).resume();`;

/** What each request is answered with, and how many milliseconds after its end. */
export interface Answer {
  readonly status?: number;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly delayMs?: number;
}

/** The URL of the server, without a path. It ends with the process that started it. */
export async function startSink({
  status = 200,
  type = 'application/json',
  headers = {},
  body = '',
  delayMs = 0,
}: Answer = {}): Promise<string> {
  const args = [
    '-e',
    SERVER,
    '--',
    String(status),
    JSON.stringify({ 'content-type': type, ...headers }),
    body,
    String(delayMs),
  ];
  const sink = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const [port] = await once(sink.stdout, 'data');
  for (const held of [sink, sink.stdout, sink.stdin]) (held as unknown as { unref(): void }).unref();
  return `http://127.0.0.1:${String(port).trim()}`;
}
