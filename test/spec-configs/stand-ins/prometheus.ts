import protobuf from 'protobufjs';
import { uncompressSync } from 'snappy';
import { contentType } from '../read-otlp.ts';
import { httpStandIn, must, type Received, type StandIn } from '../stand-in.ts';

const WriteRequest = protobuf
  .parse(
    `syntax = "proto3";
     message WriteRequest { repeated TimeSeries timeseries = 1; }
     message TimeSeries { repeated Label labels = 1; repeated Sample samples = 2; }
     message Label { string name = 1; string value = 2; }
     message Sample { double value = 1; int64 timestamp = 2; }`,
  )
  .root.lookupType('WriteRequest');

interface Series {
  readonly labels: readonly { readonly name: string; readonly value: string }[];
  readonly samples?: readonly { readonly value?: number; readonly timestamp: string }[];
}

/** The samples of a remote write 1.0 request; stale markers, which are NaN, are none. */
export function readRemoteWrite(raw: Buffer): Received[] {
  const message = WriteRequest.toObject(WriteRequest.decode(uncompressSync(raw) as Buffer), { longs: String });
  return ((message as { timeseries?: Series[] }).timeseries ?? []).flatMap(({ labels, samples = [] }) => {
    const names = labels.map(({ name }) => name);
    must([...names].sort().join() === names.join(), `labels out of order: ${names}`);
    must(new Set(names).size === names.length, `a label twice: ${names}`);
    const find = (wanted: string): string | undefined => labels.find(({ name }) => name === wanted)?.value;
    return samples
      .filter(({ value }) => !Number.isNaN(value))
      .map(({ value = 0 }) => ({
        signal: 'metrics' as const,
        id: find('item_id'),
        name: find('__name__') ?? '',
        value,
      }));
  });
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
