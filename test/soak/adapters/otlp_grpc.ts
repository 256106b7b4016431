/** `otlp_grpc` before an OTLP/gRPC backend on a server of its own. */
import otlpGrpc from '@telemetryflow/exporter-otlp-grpc';
import { type GrpcAnswer, type GrpcRequest, otlpGrpcProfile } from '@telemetryflow/testkit';
import { SOAK_OPTIONS, type SoakAdapter } from '../adapter.ts';

const adapter: SoakAdapter<GrpcRequest, GrpcAnswer> = {
  definition: otlpGrpc,
  backend: otlpGrpcProfile(),
  signal: 'traces',
  // A reset ends all calls of its connection: with one at a time it is known what a reset may repeat.
  config: ({ url }) => ({ endpoint: url, ...SOAK_OPTIONS, queue: { num_consumers: 1 } }),
};

export default adapter;
