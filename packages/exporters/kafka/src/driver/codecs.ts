/** Compression of record batches for kafkajs, which brings none but gzip. */
import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';
import type { CompressionName } from '../config.ts';

/** From bytes to bytes. */
export type Compress = (bytes: Buffer) => Promise<Buffer> | Buffer;

/** The codec of a name; `undefined` for those that kafkajs has. Rejects when a package is missing. */
export async function loadCodec(name: CompressionName): Promise<Compress | undefined> {
  switch (name) {
    case 'none':
    case 'gzip':
      return undefined;
    case 'snappy': {
      const { loadCompressor } = await import('@telemetryflow/remote-write');
      const compress = await loadCompressor();
      return (bytes) => asBuffer(compress(bytes));
    }
    case 'zstd': {
      const compress = promisify(zstdCompress);
      return (bytes) => compress(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 1 } });
    }
    case 'lz4': {
      // The frame format, which brokers demand; a bare block is answered UNKNOWN_SERVER_ERROR.
      const { lz4Compress } = await import('@platformatic/wasm-utils');
      return (bytes) => asBuffer(lz4Compress(bytes));
    }
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
