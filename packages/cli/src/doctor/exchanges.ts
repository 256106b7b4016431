/** The HTTP exchanges that go on while something runs, whoever makes them: Node.js itself tells. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';

export interface Exchange {
  /** `https://host:port`. */
  readonly origin: string;
  readonly path: string;
  /** Undefined while there is no answer. */
  status?: number;
  /** The `Date` header of the answer, in ms since the epoch. */
  serverTimeMs?: number;
}

const STARTED = 'http.client.request.start';
const ANSWERED = 'http.client.response.finish';

/** Runs it and returns what it returns, and the exchanges of this process meanwhile, in order. */
export async function watchExchanges<T>(run: () => Promise<T>): Promise<{ result: T; exchanges: readonly Exchange[] }> {
  const byRequest = new Map<ClientRequest, Exchange>();
  const started = (message: unknown): void => {
    const { request } = message as { request: ClientRequest };
    const origin = `${request.protocol}//${request.getHeader('host') ?? request.host}`;
    byRequest.set(request, { origin, path: request.path });
  };
  const answered = (message: unknown): void => {
    const { request, response } = message as { request: ClientRequest; response: IncomingMessage };
    const exchange = byRequest.get(request);
    if (exchange === undefined) return;
    if (response.statusCode !== undefined) exchange.status = response.statusCode;
    const time = Date.parse(response.headers.date ?? '');
    if (!Number.isNaN(time)) exchange.serverTimeMs = time;
  };
  subscribe(STARTED, started);
  subscribe(ANSWERED, answered);
  try {
    const result = await run();
    return { result, exchanges: [...byRequest.values()] };
  } finally {
    unsubscribe(STARTED, started);
    unsubscribe(ANSWERED, answered);
  }
}
