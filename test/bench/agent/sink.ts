/**
 * A raw TCP server that reads HTTP requests by their Content-Length, answers 200 and counts, on request, the spans of
 * uncompressed bodies. A process of its own: `node sink.ts` prints its port; `GET /count` answers bytes and requests.
 */
import { createServer, type Socket } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { count } from '@telemetryflow/otlp';

const OK = 'HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n';
let spans = 0;

function serve(socket: Socket): void {
  socket.setNoDelay(true);
  let chunks: Buffer[] = [];
  let length = 0;
  let wanted = 0;
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    chunks.push(chunk);
    length += chunk.length;
    while (length > 0) {
      if (wanted > length) return;
      let data = chunks.length === 1 ? chunk : Buffer.concat(chunks);
      chunks = [data];
      const end = data.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = data.toString('latin1', 0, end);
      const body = Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0);
      wanted = end + 4 + body;
      if (length < wanted) return;
      answer(socket, head, data.subarray(end + 4, wanted));
      data = data.subarray(wanted);
      length = data.length;
      chunks = length > 0 ? [data] : [];
      wanted = 0;
    }
  });
}

function answer(socket: Socket, head: string, body: Buffer): void {
  if (head.startsWith('GET /count')) {
    const text = String(spans);
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${text.length}\r\nconnection: close\r\n\r\n${text}`);
    return;
  }
  const plain = /content-encoding: *gzip/i.test(head) ? gunzipSync(body) : body;
  if (head.startsWith('POST')) spans += count('traces', plain);
  socket.write(OK);
}

const server = createServer(serve);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(typeof address === 'object' && address !== null ? address.port : 0);
});
