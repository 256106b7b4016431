/**
 * The sockets of kafkajs: kept track of, so that hung ones can be cut, and guarded. It believes whatever length an
 * answer claims to have, and would collect up to 2 GiB of garbage. And it keeps the first part of an answer that was
 * cut off, and puts the answers of the next connection behind it: no request on that connection is ever answered again.
 */
import net from 'node:net';
import tls, { type ConnectionOptions } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';

/** More than any answer to a producer: metadata of ten thousand partitions takes about 1 MiB. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const KEEP_ALIVE_MS = 60_000;

export class Sockets {
  /** Every connection that is not closed, and whether an answer on it has begun. */
  readonly #open = new Map<net.Socket, () => boolean>();
  #broken = false;
  #closed = false;

  /** A connection ended inside of an answer: this client cannot be used for new connections. */
  get broken(): boolean {
    for (const [socket, inside] of this.#open) this.#broken ||= (socket.destroyed || socket.readableEnded) && inside();
    return this.#broken;
  }

  /** What kafkajs is given to connect with. */
  readonly factory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
    // Whatever was waiting in kafkajs when the connections were cut tries to connect again.
    if (this.#closed) throw new Error('this client is closed');
    if (this.broken) throw new Error('a connection ended inside of an answer; a new client is needed');
    const socket = open(host, port, ssl, onConnect);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.setNoDelay(true);
    const inside = follow(socket);
    this.#open.set(socket, inside);
    socket.once('close', () => {
      this.#broken ||= inside();
      this.#open.delete(socket);
    });
    return socket;
  };

  /** Cut every connection, whatever waits on it; resolves when all are gone. */
  async destroy(): Promise<void> {
    this.#closed = true;
    await Promise.all(
      [...this.#open.keys()].map(
        (socket) =>
          new Promise<void>((resolve) => {
            socket.once('close', () => resolve());
            // `end` is what kafkajs listens to: it rejects what waits for an answer.
            socket.emit('end');
            socket.destroy();
          }),
      ),
    );
  }
}

function open(host: string, port: number, ssl: ConnectionOptions | undefined, onConnect: () => void): net.Socket {
  if (!ssl) return net.connect({ host, port }, onConnect);
  // The name in the certificate is that of the broker, which is not known before now.
  return tls.connect({ host, port, ...(net.isIP(host) === 0 && { servername: host }), ...ssl }, onConnect);
}

/** Follows the lengths of answers, and cuts the connection at an impossible one; tells whether an answer has begun. */
function follow(socket: net.Socket): () => boolean {
  const head = Buffer.alloc(4);
  let got = 0;
  let left = 0;
  socket.on('data', (chunk: Buffer) => {
    for (let at = 0; at < chunk.length; ) {
      if (left > 0) {
        const skipped = Math.min(left, chunk.length - at);
        left -= skipped;
        at += skipped;
        continue;
      }
      head[got++] = chunk[at++] as number;
      if (got < 4) continue;
      got = 0;
      const announced = head.readInt32BE(0);
      left = announced;
      if (announced < 0 || announced > MAX_ANSWER_BYTES) {
        left = MAX_ANSWER_BYTES;
        socket.destroy(new Error(`the peer announced an answer of ${announced} bytes: it speaks no Kafka`));
        return;
      }
    }
  });
  return () => got > 0 || left > 0;
}
