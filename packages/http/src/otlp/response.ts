/**
 * What an OTLP server says in a body: `partial_success` in a success, `google.rpc.Status` in an error, each as
 * protobuf or JSON. Whatever is malformed is no answer, never an exception.
 */

/** Rejected items and the server's remark; both zero and empty is full success. */
export interface PartialSuccess {
  readonly rejected: number;
  readonly message: string;
}

const FULL: PartialSuccess = { rejected: 0, message: '' };

/** The partial success of an Export…ServiceResponse; `undefined` when the body is neither valid nor empty. */
export function parsePartialSuccess(body: Uint8Array, contentType: string | undefined): PartialSuccess | undefined {
  if (body.length === 0) return FULL;
  return isJson(contentType) ? partialFromJson(body) : partialFromProto(body);
}

/** The message of a google.rpc.Status; `undefined` when there is none. */
export function parseStatusMessage(body: Uint8Array, contentType: string | undefined): string | undefined {
  if (isJson(contentType)) {
    const message = record(json(body))?.['message'];
    return typeof message === 'string' ? message : undefined;
  }
  if (!/protobuf/i.test(contentType ?? '')) return undefined;
  const fields = readFields(body);
  const message = fields?.get(2);
  return message instanceof Uint8Array ? utf8(message) : undefined;
}

function isJson(contentType: string | undefined): boolean {
  return /[/+]json\b/i.test(contentType ?? '');
}

function json(body: Uint8Array): unknown {
  try {
    return JSON.parse(utf8(body));
  } catch {
    return undefined;
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

function partialFromJson(body: Uint8Array): PartialSuccess | undefined {
  const root = record(json(body));
  if (root === undefined) return undefined;
  const partial = record(root['partialSuccess']) ?? {};
  const rejected = partial['rejectedSpans'] ?? partial['rejectedDataPoints'] ?? partial['rejectedLogRecords'] ?? 0;
  const count = typeof rejected === 'string' || typeof rejected === 'number' ? Number(rejected) : Number.NaN;
  const message = partial['errorMessage'] ?? '';
  if (!Number.isSafeInteger(count) || typeof message !== 'string') return undefined;
  return { rejected: Math.max(count, 0), message };
}

function partialFromProto(body: Uint8Array): PartialSuccess | undefined {
  const root = readFields(body);
  if (root === undefined) return undefined;
  const partial = root.get(1);
  if (partial === undefined) return FULL;
  const fields = partial instanceof Uint8Array ? readFields(partial) : undefined;
  if (fields === undefined) return undefined;
  const rejected = fields.get(1) ?? 0;
  const message = fields.get(2);
  if (typeof rejected !== 'number') return undefined;
  return { rejected, message: message instanceof Uint8Array ? utf8(message) : '' };
}

function utf8(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

/** Top-level fields of a small protobuf message, the last of each number; `undefined` when it is malformed. */
function readFields(bytes: Uint8Array): ReadonlyMap<number, number | Uint8Array> | undefined {
  const fields = new Map<number, number | Uint8Array>();
  let at = 0;
  /** Values beyond 2^53 and negative ones are of no use here: they end as 0. */
  const varint = (): number => {
    let value = 0;
    for (let scale = 1, n = 0; n < 10; n += 1, scale *= 128) {
      const byte = bytes[at];
      if (byte === undefined) return Number.NaN;
      at += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return Number.isSafeInteger(value) ? value : 0;
    }
    return Number.NaN;
  };
  while (at < bytes.length) {
    const tag = varint();
    const field = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0: {
        const value = varint();
        if (Number.isNaN(value)) return undefined;
        fields.set(field, value);
        break;
      }
      case 2: {
        const length = varint();
        if (!(at + length <= bytes.length)) return undefined;
        fields.set(field, bytes.subarray(at, at + length));
        at += length;
        break;
      }
      case 1:
        at += 8;
        break;
      case 5:
        at += 4;
        break;
      default:
        return undefined;
    }
  }
  return at === bytes.length ? fields : undefined;
}
