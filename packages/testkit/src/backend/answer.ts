/** What a scripted backend answers, and how each answer (or misbehaviour) is put on the wire. */
import type { ServerResponse } from 'node:http';

/**
 * How a scripted backend can misbehave, after it has read the whole request.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type AnswerFault, startBackend } from '@telemetryflow/testkit';
 *
 * const faults: AnswerFault[] = ['reset', 'garbage'];
 * for (const fault of faults) {
 *   const backend = await startBackend({ fault });
 *   await assert.rejects(fetch(backend.url));
 *   await backend.close();
 * }
 * ```
 */
export type AnswerFault =
  /** The connection is reset without an answer. */
  | 'reset'
  /** No answer ever; the socket stays open. */
  | 'stall'
  /** Bytes that are not HTTP. */
  | 'garbage'
  /** Status and headers, then half of the body, then nothing. */
  | 'stall_body'
  /** Status and headers, then half of the body, then a reset. */
  | 'cut_off'
  /** A body that never ends, as fast as the client reads. */
  | 'endless'
  /** A body of 1 GiB with a true content-length, made while it is sent. */
  | 'huge'
  /** Status and headers as scripted, and a body of bytes in no known format. */
  | 'malformed';

/** One answer. Everything is optional: `{}` is a 200 with an empty body. */
export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Text and bytes are sent as they are, anything else as JSON with its content type. */
  readonly body?: unknown;
  readonly fault?: AnswerFault;
  /** Wait for this before answering, so that a test decides when. */
  readonly after?: Promise<unknown>;
}

const GARBAGE: Buffer = Buffer.from('\x16\x03\x01\x00\xffnot http at all\x00\xff\xfe\r\n\r\n{{{{', 'latin1');
const GIBIBYTE = 1024 ** 3;
const CHUNK: Buffer = Buffer.alloc(64 * 1024, 'a');

/** Put an answer on the wire. Returns when everything is handed to the socket or the socket is gone. */
export async function sendAnswer(answer: Answer, response: ServerResponse): Promise<void> {
  if (answer.after !== undefined) await answer.after;
  const socket = response.socket;
  if (socket === null || socket.destroyed) return;
  switch (answer.fault) {
    case undefined:
      writeHead(answer, response, contentOf(answer.body));
      response.end(contentOf(answer.body).bytes);
      return;
    case 'reset':
      socket.resetAndDestroy();
      return;
    case 'stall':
      return;
    case 'garbage':
      socket.end(GARBAGE);
      return;
    case 'malformed':
      writeHead(answer, response, { bytes: GARBAGE, type: contentOf(answer.body).type });
      response.end(GARBAGE);
      return;
    case 'stall_body':
    case 'cut_off': {
      response.writeHead(answer.status ?? 200, { ...answer.headers, 'content-length': '4096' } as Record<
        string,
        string
      >);
      response.write(CHUNK.subarray(0, 2048), () => {
        if (answer.fault === 'cut_off') setImmediate(() => socket.resetAndDestroy());
      });
      return;
    }
    case 'endless':
      response.writeHead(answer.status ?? 200, { ...answer.headers } as Record<string, string>);
      return pour(response, Number.POSITIVE_INFINITY);
    case 'huge':
      response.writeHead(answer.status ?? 200, {
        ...answer.headers,
        'content-length': String(GIBIBYTE),
      } as Record<string, string>);
      return pour(response, GIBIBYTE);
  }
}

interface Content {
  readonly bytes: Buffer;
  readonly type: string | undefined;
}

function contentOf(body: unknown): Content {
  if (body === undefined) return { bytes: Buffer.alloc(0), type: undefined };
  if (typeof body === 'string') return { bytes: Buffer.from(body), type: 'text/plain; charset=utf-8' };
  if (body instanceof Uint8Array) return { bytes: Buffer.from(body), type: 'application/octet-stream' };
  return { bytes: Buffer.from(JSON.stringify(body)), type: 'application/json' };
}

function writeHead(answer: Answer, response: ServerResponse, content: Content): void {
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  if (content.type !== undefined && !response.hasHeader('content-type'))
    response.setHeader('content-type', content.type);
  response.setHeader('content-length', content.bytes.length);
  response.writeHead(answer.status ?? 200);
}

async function pour(response: ServerResponse, total: number): Promise<void> {
  for (let sent = 0; sent < total && !response.destroyed; sent += CHUNK.length) {
    if (response.write(CHUNK)) {
      await new Promise((resolve) => setImmediate(resolve));
    } else {
      await new Promise<void>((resolve) => {
        const go = (): void => {
          response.off('drain', go);
          response.off('close', go);
          resolve();
        };
        response.on('drain', go);
        response.on('close', go);
      });
    }
  }
  if (!response.destroyed) response.end();
}
