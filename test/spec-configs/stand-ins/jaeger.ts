import { fakeJaeger, type RecordedRequest, readThriftBatch } from '@telemetryflow/testkit';
import { fakeStandIn, type Received, type StandIn } from '../stand-in.ts';

function read(request: RecordedRequest): Received[] {
  return readThriftBatch(request.raw).spans.map((span) => ({
    signal: 'traces',
    id: span.tags.find(({ key }) => key === 'item.id')?.value as string | undefined,
    name: span.name,
    value: Number(span.duration) / 1000,
  }));
}

const jaeger: StandIn = {
  // The block says gRPC and names the port of Thrift: gRPC is tried at its own port, where nobody speaks it here.
  hosts: ['jaeger:14268', 'jaeger:14250'],
  tls: false,
  signals: ['traces'],
  start: (tls) => fakeStandIn(fakeJaeger, read, tls),
};

export default jaeger;
