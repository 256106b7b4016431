/** Decompression of answers, bounded: an answer of a few bytes must not become gigabytes. */
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib';
import type { Unreadable } from './result.ts';

type Decoder = (
  body: Uint8Array,
  options: { readonly maxOutputLength: number },
  done: (error: Error | null, decoded: Buffer) => void,
) => void;

/** The decoded body, at most `maxBytes` long, or why there is none. */
export async function decompress(
  body: Uint8Array,
  encoding: string | undefined,
  maxBytes: number,
): Promise<Uint8Array | Unreadable> {
  const name = encoding?.trim().toLowerCase() ?? '';
  if (name === '' || name === 'identity' || body.length === 0) return body;
  const decoder = decoderOf(name);
  if (decoder === undefined) return 'encoding';
  const decode = promisify(decoder);
  try {
    return await decode(body, { maxOutputLength: maxBytes });
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? 'too_large' : 'encoding';
  }
}

function decoderOf(encoding: string): Decoder | undefined {
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return gunzip;
    case 'deflate':
      return inflate;
    case 'br':
      return brotliDecompress;
    case 'zstd':
      return zstdDecompress;
    default:
      return undefined;
  }
}
