/** One message of gRPC on the wire: a flag, a length and the bytes, as a strict server reads them. */
import { gunzipSync } from 'node:zlib';

/** What a server answers to a call that it does not hand on: a status of gRPC. */
export class GrpcRefusal extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

const PREFIX = 5;
const RESOURCE_EXHAUSTED = 8;
const UNIMPLEMENTED = 12;
const INTERNAL = 13;

/** The length of the message that a call begins with; undefined before that has come. Throws when it is over the limit. */
export function checkGrpcLength(begun: Buffer, maxMessage: number): number | undefined {
  if (begun.length < PREFIX) return undefined;
  const length = begun.readUInt32BE(1);
  if (length > maxMessage) {
    throw new GrpcRefusal(RESOURCE_EXHAUSTED, `grpc: received message larger than max (${length} vs. ${maxMessage})`);
  }
  return length;
}

/** The only message of a whole call, decompressed; `encoding` is the header `grpc-encoding`. */
export function readGrpcMessage(body: Buffer, encoding: string | undefined, maxMessage: number): Buffer {
  if (encoding !== undefined && encoding !== 'identity' && encoding !== 'gzip') {
    throw new GrpcRefusal(UNIMPLEMENTED, `grpc: Decompressor is not installed for grpc-encoding "${encoding}"`);
  }
  const length = checkGrpcLength(body, maxMessage);
  const flag = body[0] ?? 0;
  if (length === undefined || body.length < PREFIX + length) throw new GrpcRefusal(INTERNAL, 'unexpected EOF');
  if (body.length > PREFIX + length) throw new GrpcRefusal(INTERNAL, 'a unary call has more than one message');
  if (flag > 1) throw new GrpcRefusal(INTERNAL, `grpc: received unexpected payload format ${flag}`);
  const bytes = body.subarray(PREFIX);
  if (flag === 0) return bytes;
  if (encoding !== 'gzip') {
    throw new GrpcRefusal(INTERNAL, 'grpc: compressed flag set with identity or empty encoding');
  }
  return gunzipped(bytes, maxMessage);
}

function gunzipped(bytes: Buffer, maxMessage: number): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: maxMessage });
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new GrpcRefusal(
        RESOURCE_EXHAUSTED,
        `grpc: received message after decompression larger than max ${maxMessage}`,
      );
    }
    throw new GrpcRefusal(INTERNAL, `grpc: failed to decompress the received message: ${String(error)}`);
  }
}

/** A message that is not compressed, as it goes over the wire. */
export function frameGrpcMessage(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(PREFIX);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

const UNITS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/** The header `grpc-timeout` in ms; undefined without one. */
export function readGrpcTimeout(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const [, amount = '', unit = ''] = /^(\d{1,8})([HMSmun])$/.exec(header) ?? [];
  const factor = UNITS[unit];
  if (factor === undefined) throw new GrpcRefusal(INTERNAL, `malformed grpc-timeout: "${header}"`);
  return Number(amount) * factor;
}

/** A text as `grpc-message` carries it: printable ASCII, the rest and % percent-encoded as UTF-8. */
export function encodeGrpcText(text: string): string {
  return Buffer.from(text).reduce(
    (encoded, byte) =>
      byte >= 0x20 && byte <= 0x7e && byte !== 0x25
        ? encoded + String.fromCharCode(byte)
        : `${encoded}%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    '',
  );
}
