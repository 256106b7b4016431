/** From the bytes of a body to a validated batch: content coding, then OTLP protobuf or JSON. */
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { type Batch, batchFromOtlp } from '@telemetryflow/kernel';
import { protobufFromJson, type Signal, validate } from '@telemetryflow/otlp';
import { Code, Refusal, tooLarge } from './refusal.ts';

export const MEDIA_TYPES = ['application/x-protobuf', 'application/json'] as const;
export type MediaType = (typeof MEDIA_TYPES)[number];

/** The media type of a `Content-Type` value, parameters apart; undefined where OTLP has no such type. */
export function mediaType(contentType: string | undefined): MediaType | undefined {
  const name = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  return MEDIA_TYPES.find((type) => type === name);
}

type Limit = { readonly maxOutputLength: number };
interface Coding {
  readonly sync: (body: Buffer, limit: Limit) => Buffer;
  readonly pooled: (body: Buffer, limit: Limit) => Promise<Buffer>;
}

const inflate: Coding = { sync: zlib.inflateSync, pooled: promisify<Buffer, Limit, Buffer>(zlib.inflate) };
/** RFC 9659: 8 MiB is the largest window of the content coding. A frame may ask for 128 MiB before its first byte. */
const WINDOW = { params: { [zlib.constants.ZSTD_d_windowLogMax]: 23 } };
const unzstd = promisify<Buffer, zlib.ZstdOptions, Buffer>(zlib.zstdDecompress);
const CODINGS: Readonly<Record<string, Coding>> = {
  gzip: { sync: zlib.gunzipSync, pooled: promisify<Buffer, Limit, Buffer>(zlib.gunzip) },
  deflate: inflate,
  zlib: inflate,
  zstd: {
    sync: (body, limit) => zlib.zstdDecompressSync(body, { ...limit, ...WINDOW }),
    pooled: (body, limit) => unzstd(body, { ...limit, ...WINDOW }),
  },
};

/** Below this many compressed bytes the way to the thread pool and back costs more than decompressing. */
const SYNC_BELOW = 64 * 1024;
/** More output than this is left to the thread pool: a small body may hold a long one. */
const SYNC_OUTPUT = 1024 * 1024;

/** The body without its content coding, never more than `limit` bytes. */
export async function decompress(body: Buffer, encoding: string | undefined, limit: number): Promise<Buffer> {
  const name = encoding?.trim().toLowerCase() ?? '';
  if (name === '' || name === 'identity') return body;
  const coding = Object.hasOwn(CODINGS, name) ? CODINGS[name] : undefined;
  if (coding === undefined) {
    throw new Refusal(`content encoding "${name}" is not supported; use gzip`, 400, Code.INVALID_ARGUMENT);
  }
  try {
    if (body.length < SYNC_BELOW) {
      const short = shortOutput(coding, body, limit);
      if (short !== undefined) return short;
    }
    return await coding.pooled(body, { maxOutputLength: limit });
  } catch (error) {
    if (isTooLong(error)) throw tooLarge(limit);
    throw new Refusal(`the body is not valid ${name}`, 400, Code.INVALID_ARGUMENT);
  }
}

/** The output, or undefined where it is longer than what may be made on the main thread. */
function shortOutput(coding: Coding, body: Buffer, limit: number): Buffer | undefined {
  try {
    return coding.sync(body, { maxOutputLength: Math.min(limit, SYNC_OUTPUT) });
  } catch (error) {
    if (isTooLong(error) && limit > SYNC_OUTPUT) return undefined;
    throw error;
  }
}

function isTooLong(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
}

/** A batch of the body, walked once in full: what is malformed is refused here. Undefined when it holds nothing. */
export function batchOf<S extends Signal>(signal: S, body: Buffer, type: MediaType): Batch<S> | undefined {
  const bytes = type === 'application/json' ? protobufFromJson(signal, body) : body;
  const count = validate(signal, bytes);
  return count === 0 ? undefined : batchFromOtlp(signal, bytes, count);
}
