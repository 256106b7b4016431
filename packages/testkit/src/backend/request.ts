/** A request as a scripted backend recorded it. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';

/** One request, with its body read to the end. */
export interface RecordedRequest {
  /** 0 for the first request of this backend. */
  readonly index: number;
  readonly method: string;
  /** Path and query as sent. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The body as it came over the wire. */
  readonly raw: Buffer;
  /** The body without its content-encoding (gzip, deflate, br, zstd; any other is left as it is). */
  readonly body: Buffer;
  /** `body` as UTF-8 text. */
  text(): string;
  /** `body` parsed as JSON. */
  json(): unknown;
}

/** Read a request to its end; rejects when the client goes away first. */
export async function readRequest(message: IncomingMessage, index: () => number): Promise<RecordedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const raw = Buffer.concat(chunks);
  const body = decompress(raw, message.headers['content-encoding']);
  return {
    index: index(),
    method: message.method ?? '',
    path: message.url ?? '',
    headers: message.headers,
    raw,
    body,
    text: () => body.toString('utf8'),
    json: () => JSON.parse(body.toString('utf8')) as unknown,
  };
}

const NOTHING = Buffer.alloc(0);

/** The request as if its body had been empty. */
export function withoutBody(request: RecordedRequest): RecordedRequest {
  return { ...request, raw: NOTHING, body: NOTHING, text: () => '', json: () => undefined };
}

function decompress(raw: Buffer, encoding: string | undefined): Buffer {
  switch (encoding) {
    case 'gzip':
      return gunzipSync(raw);
    case 'deflate':
      return inflateSync(raw);
    case 'br':
      return brotliDecompressSync(raw);
    case 'zstd':
      return zstdDecompressSync(raw);
    default:
      return raw;
  }
}
