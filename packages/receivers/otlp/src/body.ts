/** Reads the body of a request, bounded. */
import type { IncomingMessage } from 'node:http';
import { Code, Refusal, tooLarge } from './refusal.ts';

/** All bytes of the body. Refuses by Content-Length before reading, and in any case after `limit` bytes. */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const declared = Number(request.headers['content-length']);
  if (declared > limit) return Promise.reject(tooLarge(limit));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > limit) {
        request.removeAllListeners('data');
        reject(tooLarge(limit));
      } else chunks.push(chunk);
    });
    request.once('end', () =>
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)),
    );
    const cut = () => reject(new Refusal('the connection ended within the body', 400, Code.INVALID_ARGUMENT));
    request.once('error', cut);
    request.once('close', cut);
  });
}
