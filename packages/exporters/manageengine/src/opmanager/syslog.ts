/** Logs as syslog datagrams. There are no answers: what the system has taken is all that is known. */
import { hostname } from 'node:os';
import { udpSocket } from '@telemetryflow/http';
import { type Exporter, type Payload, partial, type SendOptions } from '@telemetryflow/kernel';
import type { ManageengineConfig } from '../config.ts';
import { type SyslogBody, syslogEncoder } from './encode-syslog.ts';

export interface SyslogTarget {
  readonly host: string;
  readonly port: number;
}

export function createSyslogExporter(config: ManageengineConfig, target: SyslogTarget): Exporter<'logs', SyslogBody> {
  const socket = udpSocket(target.host, target.port);
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
