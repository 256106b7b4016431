/** What encoding has to know about a topic and its brokers; it changes while the exporter runs. */
import type { CompressionName } from './config.ts';

/** Immutable: another layout is another object, which is how the delivery chain sees that it changed. */
export interface Layout {
  /** Partitions of the topic. */
  readonly partitions: number;
  /** Most bytes of one record batch, smaller than configured once the brokers refused one as too large. */
  readonly packBytes: number;
  readonly compression: CompressionName;
}

/** Bytes of a record batch without its records. */
export const BATCH_OVERHEAD = 61;
/** Most bytes of a record besides its key, value and headers. */
export const RECORD_OVERHEAD = 21;
/** Most bytes of a header besides its name and value. */
const HEADER_OVERHEAD = 10;

/** Most bytes of the headers of one record. */
export function headerBytes(headers: Readonly<Record<string, string>>): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(headers)) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value) + HEADER_OVERHEAD;
  }
  return bytes;
}
