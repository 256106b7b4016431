/**
 * A TCP proxy that lets a connection through to a healthy backend, or breaks it at one phase in one way:
 *
 *   exporter --- proxy --- backend
 *
 * It works on bytes, so it serves any protocol; for the phases of an answer it knows where HTTP/1.1 headers end.
 */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * What happens to a connection.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpHttp from '@telemetryflow/exporter-otlp-http';
 * import {
 *   type ContractEndpoint,
 *   OTLP_PROFILE,
 *   runFaultMatrix,
 *   SOCKET_FAULTS,
 *   type SocketFault,
 * } from '@telemetryflow/testkit';
 *
 * const options = {
 *   definition: otlpHttp,
 *   config: ({ url }: ContractEndpoint) => ({ endpoint: url }),
 *   backend: OTLP_PROFILE,
 * };
 * const fault: SocketFault = SOCKET_FAULTS[0];
 * const [cell] = await runFaultMatrix({ ...options, phases: ['response_headers'], faults: [fault] });
 * assert.deepEqual([cell?.fault, cell?.outcome], ['reset', 'retried']);
 * ```
 */
export const SOCKET_FAULTS = ['reset', 'stall', 'garbage', 'endless'] as const;
/** One of {@link SOCKET_FAULTS}. */
export type SocketFault = (typeof SOCKET_FAULTS)[number];

/**
 * When it happens.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpHttp from '@telemetryflow/exporter-otlp-http';
 * import { FAULT_PHASES, type FaultPhase, OTLP_PROFILE, runFaultMatrix } from '@telemetryflow/testkit';
 *
 * const plain: FaultPhase[] = FAULT_PHASES.filter((phase) => phase !== 'tls');
 * const cells = await runFaultMatrix({
 *   definition: otlpHttp,
 *   config: ({ url }) => ({ endpoint: url }),
 *   backend: OTLP_PROFILE,
 *   phases: plain,
 *   faults: ['reset'],
 * });
 * assert.deepEqual(
 *   cells.map(({ phase }) => phase),
 *   plain,
 * );
 * ```
 */
export const FAULT_PHASES = [
  'dns',
  'connect',
  'tls',
  'request_headers',
  'request_body',
  'response_headers',
  'response_body',
  'idle',
] as const;
/** One of {@link FAULT_PHASES}. */
export type FaultPhase = (typeof FAULT_PHASES)[number];

export interface FaultProxy {
  readonly port: number;
  /** Faults applied so far. */
  readonly applied: number;
  /** Client connections that are open now. */
  readonly connections: number;
  /** Break what is idle now; only for the phase `idle`. */
  breakIdle(): void;
  close(): Promise<void>;
}

export interface FaultProxyOptions {
  readonly phase: FaultPhase;
  readonly fault: SocketFault;
  /** Port of the healthy backend. */
  readonly target: number;
  /** How many connections (or answers, or idle breaks) are broken before all goes well. */
  readonly times: number;
  /** Called when the exporter meets a fault. */
  readonly onFault: () => void;
}

const JUNK: Buffer = Buffer.from(Array.from({ length: 997 }, (_, i) => (i * 151 + 7) & 0xff));
const HEADER_END = Buffer.from('\r\n\r\n');

export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const clients = new Set<Socket>();
  const upstreams = new Set<Socket>();
  let applied = 0;

  const due = (...phases: readonly FaultPhase[]): boolean => phases.includes(options.phase) && applied < options.times;
  function hurt(socket: Socket, body: boolean): void {
    applied++;
    inflict(socket, options.fault, body);
    options.onFault();
  }

  const server = createServer((client) => {
    track(clients, client);
    if (due('connect')) return hurt(client, false);
    const upstream = connect(options.target, '127.0.0.1');
    track(upstreams, upstream);
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
    let broken = false;

    client.on('data', (chunk: Buffer) => {
      if (broken) return;
      if (due('tls', 'request_headers')) broken = true;
      else if (due('request_body') && chunk.length > 0) {
        const end = chunk.indexOf(HEADER_END);
        broken = true;
        upstream.write(chunk.subarray(0, end >= 0 && end + 5 < chunk.length ? end + 5 : chunk.length - 1));
      }
      if (broken) {
        hurt(client, false);
        upstream.destroySoon();
      } else upstream.write(chunk);
    });
    upstream.on('data', (chunk: Buffer) => {
      if (broken) return;
      if (due('response_headers')) {
        broken = true;
        client.write(chunk.subarray(0, 12), () => hurt(client, false));
      } else if (due('response_body')) {
        broken = true;
        client.write(headWithoutLength(chunk), () => hurt(client, true));
      } else client.write(chunk);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });

  return {
    port: (server.address() as AddressInfo).port,
    get applied() {
      return applied;
    },
    get connections() {
      return clients.size;
    },
    breakIdle() {
      if (!due('idle')) return;
      applied++;
      for (const client of clients) {
        if (options.fault === 'stall') {
          client.removeAllListeners('data').once('data', options.onFault).resume();
        } else {
          inflict(client, options.fault, false);
        }
      }
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of [...clients, ...upstreams]) socket.destroy();
      await closed;
    },
  };
}

function track(set: Set<Socket>, socket: Socket): void {
  set.add(socket);
  socket.on('error', () => undefined);
  socket.once('close', () => set.delete(socket));
}

function inflict(socket: Socket, fault: SocketFault, body: boolean): void {
  switch (fault) {
    case 'reset':
      socket.resetAndDestroy();
      return;
    case 'stall':
      if (body) socket.write('a\r\n01234');
      return;
    case 'garbage':
      socket.end(JUNK);
      return;
    case 'endless':
      pour(
        socket,
        body ? Buffer.concat([Buffer.from('8000\r\n'), Buffer.alloc(0x8000, 'x'), Buffer.from('\r\n')]) : JUNK,
      );
      return;
  }
}

function pour(socket: Socket, chunk: Buffer): void {
  const more = (): void => {
    while (socket.writable && socket.write(chunk)) if (socket.writableLength > 1e6) break;
    if (socket.writable) socket.once('drain', more);
  };
  more();
}

/** The head of an HTTP/1.1 answer with a chunked body in place of the real one; other protocols: the first half. */
function headWithoutLength(chunk: Buffer): Buffer {
  const end = chunk.indexOf(HEADER_END);
  if (end < 0) return chunk.subarray(0, Math.max(1, chunk.length >> 1));
  const lines = chunk.subarray(0, end).toString('latin1').split('\r\n');
  const kept = lines.filter((line) => !/^(content-length|transfer-encoding):/i.test(line));
  return Buffer.from(`${kept.join('\r\n')}\r\ntransfer-encoding: chunked\r\n\r\n`, 'latin1');
}
