/** Memory of request bodies that were sent, for the next ones; see the kernel's `takeBytes` for what it spares. */
import { giveBytes, takeBytes } from '@telemetryflow/kernel';

/** Bodies that are written into memory of ours, and were not given back. */
const lent = new WeakSet<Uint8Array>();

/**
 * Memory for a request body of this many bytes; what it holds is undefined. Exporters over HTTP give it back when the
 * kernel has settled the payload: whoever keeps a body beyond that copies it.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { takeBody } from '@telemetryflow/http';
 *
 * const line = 'Größe 7\n';
 * const body = takeBody(Buffer.byteLength(line));
 * body.write(line);
 * assert.equal(body.toString(), line);
 * ```
 */
export function takeBody(length: number): Buffer {
  const { buffer, byteOffset } = takeBytes(length);
  const body = Buffer.from(buffer as ArrayBuffer, byteOffset, length);
  lent.add(body);
  return body;
}

/** Gives back a body that nobody reads any more; what `takeBody` did not give is left alone. */
export function giveBody(body: unknown): void {
  if (body instanceof Uint8Array && lent.delete(body)) giveBytes(body);
}
