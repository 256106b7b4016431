/** Reads the body of a request, bounded. */
import type { IncomingMessage } from 'node:http';
import { Code, Refusal, tooLarge } from './refusal.ts';

/** All bytes of the body. Refuses by Content-Length before reading, and in any case after `limit` bytes. */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const declared = Number(request.headers['content-length']);
  if (declared > limit) return Promise.reject(tooLarge(limit));
  return new Promise((resolve, reject) => {
    const chunks: Buffer<ArrayBuffer>[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer<ArrayBuffer>) => {
      length += chunk.length;
      if (length > limit) {
        request.removeAllListeners('data');
        reject(tooLarge(limit));
      } else chunks.push(chunk);
    });
    request.once('end', () => resolve(joined(chunks)));
    const cut = () => reject(new Refusal('the connection ended within the body', 400, Code.INVALID_ARGUMENT));
    request.once('error', cut);
    request.once('close', cut);
  });
}

/** The pieces as one. Their own memory, as much again, is given back at once: V8 would find it much later. */
function joined(pieces: readonly Buffer<ArrayBuffer>[]): Buffer {
  const [only] = pieces;
  if (only !== undefined && pieces.length === 1) return only;
  const body = Buffer.concat(pieces);
  for (const { buffer, byteLength } of pieces) if (byteLength === buffer.byteLength) buffer.transfer(0);
  return body;
}
