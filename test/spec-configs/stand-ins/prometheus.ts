import protobuf from 'protobufjs';
import { uncompressSync } from 'snappy';
import { contentType } from '../read-otlp.ts';
import { httpStandIn, must, type Received, type StandIn } from '../stand-in.ts';

const WriteRequest = protobuf
  .parse(
    `syntax = "proto3";
     message WriteRequest { repeated TimeSeries timeseries = 1; }
     message TimeSeries { repeated Label labels = 1; repeated Sample samples = 2; repeated Histogram histograms = 4; }
     message Label { string name = 1; string value = 2; }
     message Sample { fixed64 value = 1; int64 timestamp = 2; }
     message Histogram { fixed64 sum = 3; }`,
  )
  .root.lookupType('WriteRequest');

interface Series {
  readonly labels: readonly { readonly name: string; readonly value: string }[];
  readonly samples?: readonly { readonly value?: string }[];
  readonly histograms?: readonly { readonly sum?: string }[];
}

/** The NaN that ends a series. */
const STALE = 0x7ff0000000000002n;

function double(bits: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}

/** The samples and histograms of a remote write 1.0 request, but for stale markers. */
export function readRemoteWrite(raw: Buffer): Received[] {
  const message = WriteRequest.toObject(WriteRequest.decode(uncompressSync(raw) as Buffer), { longs: String });
  return ((message as { timeseries?: Series[] }).timeseries ?? []).flatMap(
    ({ labels, samples = [], histograms = [] }) => {
      const names = labels.map(({ name }) => name);
      must([...names].sort().join() === names.join(), `labels out of order: ${names}`);
      must(new Set(names).size === names.length, `a label twice: ${names}`);
      const find = (wanted: string): string | undefined => labels.find(({ name }) => name === wanted)?.value;
      return [...samples.map(({ value = '0' }) => value), ...histograms.map(({ sum = '0' }) => sum)]
        .filter((bits) => BigInt(bits) !== STALE)
        .map((bits) => ({
          signal: 'metrics' as const,
          id: find('item_id'),
          name: find('__name__') ?? '',
          value: double(BigInt(bits)),
        }));
    },
  );
}

const prometheus: StandIn = {
  hosts: ['prometheus:9090'],
  tls: false,
  signals: ['metrics'],
  start: (tls) =>
    httpStandIn((request) => {
      must(request.method === 'POST' && request.path === '/api/v1/write', 'no such path');
      must(contentType(request) === 'application/x-protobuf', 'not protobuf');
      must(request.headers['content-encoding'] === 'snappy', 'not snappy');
      must(request.headers['x-prometheus-remote-write-version'] === '0.1.0', 'no version');
      return { answer: { status: 204 }, received: readRemoteWrite(request.raw) };
    }, tls),
};

export default prometheus;
