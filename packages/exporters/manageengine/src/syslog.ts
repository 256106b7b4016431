/** Logs as syslog datagrams. There are no answers: what the system has taken is all that is known. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { type Exporter, type Payload, partial, type SendOptions } from '@telemetryflow/kernel';
import type { ManageengineConfig } from './config.ts';
import { type SyslogBody, syslogEncoder } from './encode-syslog.ts';

export interface SyslogTarget {
  readonly host: string;
  readonly port: number;
}

export function createSyslogExporter(config: ManageengineConfig, target: SyslogTarget): Exporter<'logs', SyslogBody> {
  const socket = new DatagramSocket(target);
  return {
    encode: syslogEncoder(config, hostname()),
    stop: async () => socket.close(),
    async send({ body }: Payload<SyslogBody>, { signal }: SendOptions) {
      let sent = 0;
      try {
        for (const datagram of body.datagrams) {
          signal.throwIfAborted();
          await socket.send(datagram);
          sent++;
        }
        return {};
      } catch (error) {
        if (sent === 0) throw error;
        const detail = error instanceof Error ? error.message : String(error);
        return partial({ retry: { items: body.items.slice(sent), reason: 'network', detail } });
      }
    },
  };
}

/** Opened at the first datagram, and anew after an error. */
class DatagramSocket {
  readonly #target: SyslogTarget;
  #socket: Promise<Socket> | undefined;
  /** Refusals arrive after the datagram that they are about. */
  #refused: Error | undefined;

  constructor(target: SyslogTarget) {
    this.#target = target;
  }

  async send(text: string): Promise<void> {
    try {
      this.#socket ??= this.#open();
      const socket = await this.#socket;
      await new Promise<void>((resolve, reject) => {
        socket.send(text, (error) => (error === null ? resolve() : reject(error)));
      });
      if (this.#refused !== undefined) throw this.#refused;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    this.#socket?.then(
      (socket) => socket.close(),
      () => undefined,
    );
    this.#socket = undefined;
    this.#refused = undefined;
  }

  async #open(): Promise<Socket> {
    const { host, port } = this.#target;
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    socket.unref();
    socket.connect(port, host);
    await once(socket, 'connect');
    socket.on('error', (error) => {
      this.#refused = error;
    });
    return socket;
  }
}
