/** Reads record batches as a broker does before it stores them, and as a consumer does after that. */
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { WireReader } from './kafka-wire.ts';
import { snappyBlock } from './loki-push.ts';
import { lz4Frame } from './lz4-frame.ts';

/** One record of a batch. */
export interface ReadRecord {
  readonly key: Buffer | null;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  readonly timestamp: number;
}

/** A record batch as a broker stores it. */
export interface ReadBatch {
  /** 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd. */
  readonly codec: number;
  /** Bytes of the batch as sent. */
  readonly bytes: number;
  readonly producerId: bigint;
  readonly records: readonly ReadRecord[];
}

/** A record batch of format 2; throws what is wrong with it, the check sum among it. */
export function readRecordBatch(bytes: Buffer): ReadBatch {
  const reader = new WireReader(bytes);
  reader.int64();
  const length = reader.int32();
  if (length !== reader.left) throw new RangeError(`a batch of ${length} bytes in ${reader.left}`);
  reader.int32();
  const magic = reader.int8();
  if (magic !== 2) throw new RangeError(`magic ${magic}`);
  const crc = reader.int32() >>> 0;
  if (crc !== crc32c(bytes.subarray(bytes.length - reader.left))) throw new RangeError('the check sum is another');
  const codec = reader.int16() & 7;
  reader.int32();
  const first = Number(reader.int64());
  reader.int64();
  const producerId = reader.int64();
  reader.int16();
  reader.int32();
  const count = reader.int32();
  const body = new WireReader(decompress(codec, reader.take(reader.left)));
  const records = Array.from({ length: count }, () => readRecord(body, first));
  if (body.left !== 0) throw new RangeError(`${body.left} bytes behind the last record`);
  return { codec, bytes: bytes.length, producerId, records };
}

function readRecord(batch: WireReader, first: number): ReadRecord {
  const reader = new WireReader(batch.take(batch.varint()));
  reader.int8();
  const timestamp = first + reader.varint();
  reader.varint();
  const key = reader.varbytes();
  const value = reader.varbytes() ?? Buffer.alloc(0);
  const headers: Record<string, string> = {};
  for (let left = reader.varint(); left > 0; left--) {
    const name = String(reader.varbytes());
    headers[name] = String(reader.varbytes());
  }
  return { key, value, headers, timestamp };
}

function decompress(codec: number, bytes: Buffer): Buffer {
  switch (codec) {
    case 0:
      return bytes;
    case 1:
      return gunzipSync(bytes);
    case 2:
      return snappyBlock(bytes);
    case 3:
      return lz4Frame(bytes);
    case 4:
      return zstdDecompressSync(bytes);
    default:
      throw new RangeError(`codec ${codec}`);
  }
}

const CASTAGNOLI = Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0x82f63b78 : rest >>> 1;
  return rest >>> 0;
});

function crc32c(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (CASTAGNOLI[(crc ^ byte) & 0xff] ?? 0);
  return (crc ^ 0xffffffff) >>> 0;
}
