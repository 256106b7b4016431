/**
 * Headers of a remote write request, by version of the protocol. The body is one block of snappy.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { REQUEST_HEADERS } from '@telemetryflow/remote-write';
 *
 * const headers = { ...REQUEST_HEADERS[1], 'content-encoding': 'snappy' };
 * assert.deepEqual(headers, {
 *   'content-type': 'application/x-protobuf',
 *   'x-prometheus-remote-write-version': '0.1.0',
 *   'content-encoding': 'snappy',
 * });
 * ```
 */
export const REQUEST_HEADERS: Readonly<Record<1 | 2, Readonly<Record<string, string>>>> = {
  1: { 'content-type': 'application/x-protobuf', 'x-prometheus-remote-write-version': '0.1.0' },
  2: {
    'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
    'x-prometheus-remote-write-version': '2.0.0',
  },
};
