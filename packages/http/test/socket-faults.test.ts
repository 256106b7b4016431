/** What the peer's sockets can do, phase by phase: always exactly one result, never an exception. */

import type { Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createHttpClient, type HttpClient, type HttpResult } from '@telemetryflow/http';
import { type Running, tcpServer } from './servers.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

function client(): HttpClient {
  const http = createHttpClient({ maxResponseBytes: 50_000 });
  open.push(http);
  return http;
}

async function server(onConnection: (socket: Socket, index: number) => void): Promise<Running> {
  const running = await tcpServer(onConnection);
  open.push(running);
  return running;
}

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** Calls back with each complete request (head and body) of a connection. */
function onRequest(socket: Socket, handle: (index: number) => void): void {
  let text = '';
  let count = 0;
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
    for (;;) {
      const head = text.indexOf('\r\n\r\n');
      if (head < 0) return;
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
      if (text.length < head + 4 + length) return;
      text = text.slice(head + 4 + length);
      count += 1;
      handle(count);
    }
  });
}

type Expected = Partial<Record<'kind' | 'reason' | 'unreadable' | 'code', string>> & { status?: number };
const NETWORK: Expected = { kind: 'failure', reason: 'network' };
const TIMEOUT: Expected = { kind: 'failure', reason: 'timeout' };

const FAULTS: readonly (readonly [phase: string, fault: string, (socket: Socket) => void, Expected])[] = [
  ['connect', 'reset', (socket) => socket.resetAndDestroy(), NETWORK],
  ['connect', 'close', (socket) => socket.end(), NETWORK],
  ['connect', 'garbage', (socket) => socket.end('\x00\x01 no http \xff\r\n\r\n'), NETWORK],
  ['request', 'stall', (socket) => socket.pause(), TIMEOUT],
  ['request', 'reset', (socket) => socket.once('data', () => socket.resetAndDestroy()), NETWORK],
  ['answer headers', 'stall', (socket) => onRequest(socket, () => socket.write('HTTP/1.1 200 OK\r\nX-A: b')), TIMEOUT],
  ['answer headers', 'cut off', (socket) => onRequest(socket, () => socket.end('HTTP/1.1 200 OK\r\nX-A: b')), NETWORK],
  ['answer headers', 'garbage', (socket) => onRequest(socket, () => socket.end('HTTP/1.1 abc\r\n\r\n')), NETWORK],
  [
    'answer headers',
    'endless',
    (socket) => onRequest(socket, () => flood(socket, 'HTTP/1.1 200 OK\r\n', 'X-Filler: aaaaaaaaaaaaaaaaaaaaaa\r\n')),
    { ...NETWORK, code: 'HPE_HEADER_OVERFLOW' },
  ],
  [
    'answer headers',
    'endless 1xx',
    (socket) => onRequest(socket, () => flood(socket, '', 'HTTP/1.1 103 Early Hints\r\n\r\n')),
    TIMEOUT,
  ],
  [
    'answer headers',
    'switching protocols',
    (socket) =>
      onRequest(socket, () =>
        socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
      ),
    NETWORK,
  ],
  [
    'answer body',
    'reset',
    (socket) =>
      onRequest(socket, () =>
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf', () => socket.resetAndDestroy()),
      ),
    { kind: 'response', status: 200, unreadable: 'cut_off' },
  ],
  [
    'answer body',
    'close',
    (socket) => onRequest(socket, () => socket.end('HTTP/1.1 503 Busy\r\nContent-Length: 9\r\n\r\nhalf')),
    { kind: 'response', status: 503, unreadable: 'cut_off' },
  ],
  [
    'answer body',
    'stall',
    (socket) => onRequest(socket, () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf')),
    { kind: 'response', status: 200, unreadable: 'timeout' },
  ],
  [
    'answer body',
    'garbage',
    (socket) => onRequest(socket, () => socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzzz\r\n')),
    { kind: 'response', status: 200, unreadable: 'cut_off' },
  ],
  [
    'answer body',
    'endless',
    (socket) => onRequest(socket, () => flood(socket, 'HTTP/1.1 200 OK\r\n\r\n', 'a'.repeat(1000))),
    { kind: 'response', status: 200, unreadable: 'too_large' },
  ],
];

function flood(socket: Socket, start: string, repeated: string): void {
  socket.write(start);
  const more = (): void => {
    let room = true;
    while (room && !socket.destroyed) room = socket.write(repeated);
  };
  socket.on('drain', more);
  more();
}

describe('a fault', () => {
  test.each(FAULTS)('during %s: %s', async (_phase, fault, act, expected) => {
    const { url } = await server(act);
    const stalls = fault === 'stall' || fault === 'endless 1xx';
    const signal = AbortSignal.timeout(stalls ? 150 : 5000);
    const result = await client().request({ url, body: 'x'.repeat(3000), signal });
    expect(result).toMatchObject(expected);
  });

  test('of DNS: an unknown host', async () => {
    const result = await client().request({ url: 'http://does-not-exist.invalid/', body: 'x' });
    expect(result).toMatchObject({ kind: 'failure', reason: 'network' });
    expect((result as { code: string }).code).toMatch(/ENOTFOUND|EAI_AGAIN/);
  });

  test('of connecting: nothing listens', async () => {
    const { url, close } = await tcpServer(() => {});
    await close();
    const result = await client().request({ url, body: 'x' });
    expect(result).toMatchObject({ ...NETWORK, code: 'ECONNREFUSED' });
    expect((result as { message: string }).message).toContain('nothing listens there');
  });
});

describe('an idle kept-alive socket', () => {
  /** The first request is answered; what happens to the second one on the same socket is `fault`. */
  async function second(fault: (socket: Socket, connection: number) => void): Promise<[HttpResult, number]> {
    let connections = 0;
    const { url } = await server((socket, connection) => {
      connections = connection;
      onRequest(socket, (request) => {
        if (connection === 1 && request === 2) fault(socket, connection);
        else socket.write(OK);
      });
    });
    const http = client();
    expect(await http.request({ url, body: 'first' })).toMatchObject({ status: 200 });
    return [await http.request({ url, body: 'second', signal: AbortSignal.timeout(1000) }), connections];
  }

  test('that was reset is replaced at once by a fresh one', async () => {
    const [result, connections] = await second((socket) => socket.resetAndDestroy());
    expect(result).toMatchObject({ kind: 'response', status: 200 });
    expect(connections).toBe(2);
  });

  test('that was closed is replaced at once by a fresh one', async () => {
    const [result, connections] = await second((socket) => socket.end());
    expect(result).toMatchObject({ kind: 'response', status: 200 });
    expect(connections).toBe(2);
  });

  test('is not replaced once the server has begun to answer', async () => {
    const [result, connections] = await second((socket) => {
      socket.write('HTTP/1.1 2', () => socket.end());
    });
    expect(result).toMatchObject(NETWORK);
    expect(connections).toBe(1);
  });

  test('is replaced once only', async () => {
    let connections = 0;
    const { url } = await server((socket, connection) => {
      connections = connection;
      onRequest(socket, (request) => {
        if (connection === 1 && request === 1) socket.write(OK);
        else socket.resetAndDestroy();
      });
    });
    const http = client();
    await http.request({ url, body: 'first' });
    expect(await http.request({ url, body: 'second' })).toMatchObject(NETWORK);
    expect(connections).toBe(2);
  });

  test('does not take what a server says unasked for the answer of the next request', async () => {
    let delivered = 0;
    let unasked: (() => void) | undefined;
    const said = new Promise<void>((resolve) => {
      unasked = resolve;
    });
    const { url } = await server((socket) => {
      onRequest(socket, () => {
        delivered += 1;
        socket.write(OK);
        if (delivered === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfalse', unasked);
      });
    });
    const http = client();
    await http.request({ url, body: 'first' });
    await said;
    const result = await http.request({ url, body: 'second' });
    expect(delivered).toBe(2);
    expect(result.kind === 'response' && Buffer.from(result.body).toString()).not.toBe('false');
  });
});
