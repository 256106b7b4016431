/** The snappy block format (never the framed one), which remote write demands. */
/// <reference path="./snappyjs.d.ts" />
import snappyjs from 'snappyjs';

/** Compress one block. The block is only valid during the call; the result is the caller's. */
export type BlockCompressor = (block: Uint8Array) => Uint8Array;

/** The block itself, copied. */
export function copyBlock(block: Uint8Array): Uint8Array {
  return Buffer.from(block);
}

/**
 * Compress one block in JavaScript.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { uncompressSync } from 'snappy';
 * import { compressBlock } from '@telemetryflow/remote-write';
 *
 * const block = Buffer.from('up '.repeat(1000));
 * const compressed = compressBlock(block);
 * assert.ok(compressed.length < block.length / 10);
 * assert.deepEqual(uncompressSync(Buffer.from(compressed)), block);
 * ```
 */
export function compressBlock(block: Uint8Array): Uint8Array {
  const compressed = snappyjs.compress(block);
  // The result is a slice of a buffer for the worst case, which would stay alive as long as the request waits.
  return compressed.length * 2 < compressed.buffer.byteLength ? copyBlock(compressed) : compressed;
}

/**
 * The fastest compressor installed: the native `snappy` package (an optional peer, three to four times faster) or
 * {@link compressBlock}. Never fails.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { uncompressSync } from 'snappy';
 * import { type BlockCompressor, loadCompressor } from '@telemetryflow/remote-write';
 *
 * const compress: BlockCompressor = await loadCompressor();
 * const block = Buffer.from('up '.repeat(1000));
 * assert.deepEqual(uncompressSync(Buffer.from(compress(block))), block);
 * ```
 */
export async function loadCompressor(): Promise<BlockCompressor> {
  try {
    const { compressSync } = await import('snappy');
    return (block) => compressSync(Buffer.from(block.buffer, block.byteOffset, block.byteLength));
  } catch {
    return compressBlock;
  }
}
