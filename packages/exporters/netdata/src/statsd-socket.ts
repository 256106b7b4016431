/** One connection to a StatsD port. There are no answers: what was written is all that is known. */
import { connect, type Socket } from 'node:net';
import { type UdpSocket, udpSocket } from '@telemetryflow/http';
import type { StatsdTarget } from './target.ts';

export interface StatsdSocket {
  /**
   * Writes these lines in order, calling `written` with the number of lines of each piece once it is handed to the
   * system. Rejects with the error of the socket, or the abort reason.
   */
  write(lines: readonly string[], signal: AbortSignal, written: (lines: number) => void): Promise<void>;
  close(): void;
}

/** Agents read 64 KiB at a time. */
const MAX_TCP_BYTES = 32 * 1024;

/** Connects at the first write. */
export function statsdSocket(target: StatsdTarget, maxUdpBytes: number): StatsdSocket {
  return target.transport === 'udp' ? new Udp(target, maxUdpBytes) : new Tcp(target);
}

/** `tcp://host:port`, for messages. */
export function labelOf({ transport, host, port }: StatsdTarget): string {
  return `${transport}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

class Tcp implements StatsdSocket {
  readonly #target: StatsdTarget;
  #socket: Socket | undefined;

  constructor(target: StatsdTarget) {
    this.#target = target;
  }

  async write(lines: readonly string[], signal: AbortSignal, written: (lines: number) => void): Promise<void> {
    const socket = this.#open(signal);
    const stop = (): void => {
      socket.destroy(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    };
    signal.throwIfAborted();
    signal.addEventListener('abort', stop, { once: true });
    try {
      for (const { text, count } of pieces(lines, MAX_TCP_BYTES)) {
        await new Promise<void>((resolve, reject) => {
          socket.write(text, (error) => (error == null ? resolve() : reject(error)));
        });
        written(count);
      }
    } catch (error) {
      this.close();
      throw error;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  /** A socket that the Agent has closed, as it does after ten idle minutes, is replaced without a word. */
  #open(signal: AbortSignal): Socket {
    if (this.#socket !== undefined && !this.#socket.destroyed) return this.#socket;
    signal.throwIfAborted();
    const { host, port } = this.#target;
    const socket = connect({ host, port, noDelay: true });
    // Errors reach the write in progress; without one there is nobody to tell.
    socket.on('error', () => undefined);
    socket.on('end', () => socket.destroy());
    socket.resume();
    socket.unref();
    this.#socket = socket;
    return socket;
  }
}

class Udp implements StatsdSocket {
  readonly #socket: UdpSocket;
  readonly #maxBytes: number;

  constructor({ host, port }: StatsdTarget, maxBytes: number) {
    this.#socket = udpSocket(host, port);
    this.#maxBytes = maxBytes;
  }

  async write(lines: readonly string[], signal: AbortSignal, written: (lines: number) => void): Promise<void> {
    for (const { text, count } of pieces(lines, this.#maxBytes)) {
      signal.throwIfAborted();
      await this.#socket.send(text);
      written(count);
    }
  }

  close(): void {
    this.#socket.close();
  }
}

/** Whole lines, each with its end, in pieces of at most so many bytes; a longer line is a piece of its own. */
export function* pieces(
  lines: readonly string[],
  maxBytes: number,
): Generator<{ readonly text: string; readonly count: number }> {
  let text = '';
  let bytes = 0;
  let count = 0;
  for (const line of lines) {
    const length = Buffer.byteLength(line) + 1;
    if (count > 0 && bytes + length > maxBytes) {
      yield { text, count };
      text = '';
      bytes = 0;
      count = 0;
    }
    text += `${line}\n`;
    bytes += length;
    count++;
  }
  if (count > 0) yield { text, count };
}
