/** Headers of a remote write request, by version of the protocol. The body is one block of snappy. */
export const REQUEST_HEADERS: Readonly<Record<1 | 2, Readonly<Record<string, string>>>> = {
  1: { 'content-type': 'application/x-protobuf', 'x-prometheus-remote-write-version': '0.1.0' },
  2: {
    'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
    'x-prometheus-remote-write-version': '2.0.0',
  },
};
