/** Compression of request bodies, in the zlib pool: never on the event loop, always at the cheapest level. */
import { constants, createGzip, createZstdCompress, type Gzip, type ZlibReset, type ZstdCompress } from 'node:zlib';

/** How request bodies are compressed. */
export type Compression = 'none' | 'gzip' | 'zstd';

/**
 * Bodies shorter than this many bytes are sent as they are.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { gzipSync } from 'node:zlib';
 * import { type Compression, type HttpMessage, MIN_COMPRESS_BYTES } from '@telemetryflow/http';
 *
 * const gzip: Compression = 'gzip';
 * const message = (body: Buffer): HttpMessage =>
 *   body.length < MIN_COMPRESS_BYTES ? { body } : { body: gzipSync(body), contentEncoding: gzip };
 * assert.equal(message(Buffer.alloc(2000)).contentEncoding, 'gzip');
 * assert.equal(message(Buffer.from('short')).contentEncoding, undefined);
 * ```
 */
export const MIN_COMPRESS_BYTES = 1024;

/** Every output buffer is a trip through the pool: the default of 16 KiB makes 50 of a large body. */
const CHUNK = { chunkSize: 64 * 1024 };
/** Of both: gzip 6 costs four times as much CPU for 12 % fewer bytes. */
const LEVEL = 1;

/** The body in these pieces, compressed as gzip level 1 or zstd level 1, in pieces again, none of them joined. */
export function compress(body: readonly Uint8Array[], compression: 'gzip' | 'zstd'): Promise<readonly Uint8Array[]> {
  const [only] = body;
  return compression === 'gzip' && only !== undefined && body.length === 1 ? gzip(only) : inPieces(body, compression);
}

function inPieces(body: readonly Uint8Array[], compression: 'gzip' | 'zstd'): Promise<readonly Uint8Array[]> {
  const stream = compressor(compression);
  return new Promise((resolve, reject) => {
    const compressed: Uint8Array[] = [];
    stream.on('data', (chunk: Uint8Array) => compressed.push(chunk));
    stream.once('error', reject);
    stream.once('end', () => resolve(compressed));
    for (const piece of body) stream.write(piece);
    stream.end();
  });
}

function compressor(compression: 'gzip' | 'zstd'): Gzip | ZstdCompress {
  if (compression === 'gzip') return createGzip({ ...CHUNK, level: LEVEL });
  return createZstdCompress({ ...CHUNK, params: { [constants.ZSTD_c_compressionLevel]: LEVEL } });
}

/** A stream that was reset: making one takes 330 kB of memory outside the heap, a tenth of what a body costs. */
interface Member {
  /** Node.js resets gzip as it does deflate, whatever its types say. */
  readonly stream: Gzip & ZlibReset;
  compressed: Uint8Array[];
}

/** Kept for the next bodies: two exporters can send at once. */
const idle: Member[] = [];
const MAX_IDLE = 2;

/** A body in one piece: each write is a whole gzip member, in one trip through the pool where `end` makes a second. */
function gzip(body: Uint8Array): Promise<readonly Uint8Array[]> {
  const member = idle.pop() ?? newMember();
  const { stream } = member;
  return new Promise((resolve, reject) => {
    stream.once('error', reject);
    stream.write(body, (error) => {
      // The listener above has it.
      if (error) return;
      const { compressed } = member;
      stream.off('error', reject);
      resolve(compressed);
      if (idle.length >= MAX_IDLE) {
        stream.destroy();
        return;
      }
      member.compressed = [];
      stream.reset();
      idle.push(member);
    });
  });
}

function newMember(): Member {
  const stream = createGzip({ ...CHUNK, level: LEVEL, flush: constants.Z_FINISH }) as Member['stream'];
  const member: Member = { stream, compressed: [] };
  stream.on('data', (chunk: Uint8Array) => member.compressed.push(chunk));
  return member;
}
