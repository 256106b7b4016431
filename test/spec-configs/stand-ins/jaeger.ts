import { readThriftBatch } from '@telemetryflow/testkit';
import { contentType } from '../read-otlp.ts';
import { httpStandIn, must, type StandIn } from '../stand-in.ts';

const jaeger: StandIn = {
  // The block says gRPC and names the port of Thrift: gRPC is tried at its own port, where nobody speaks it here.
  hosts: ['jaeger:14268', 'jaeger:14250'],
  tls: false,
  signals: ['traces'],
  start: (tls) =>
    httpStandIn((request) => {
      must(request.method === 'POST' && request.path.split('?')[0] === '/api/traces', 'no such path');
      must(/^application\/(vnd\.apache\.thrift\.binary|x-thrift)$/.test(contentType(request) ?? ''), 'not Thrift');
      const received = readThriftBatch(request.body).spans.map((span) => ({
        signal: 'traces' as const,
        id: span.tags.find(({ key }) => key === 'item.id')?.value as string | undefined,
        name: span.name,
        value: Number(span.duration) / 1000,
      }));
      return { answer: { status: 202 }, received };
    }, tls),
};

export default jaeger;
