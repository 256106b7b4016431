/** `netdata` over gRPC. StatsD has no answers, so nothing can be proven about what it took. */
import netdata from '@telemetryflow/exporter-netdata';
import { type GrpcAnswer, type GrpcRequest, otlpGrpcProfile } from '@telemetryflow/testkit';
import { SOAK_OPTIONS, type SoakAdapter } from '../adapter.ts';

const adapter: SoakAdapter<GrpcRequest, GrpcAnswer> = {
  definition: netdata,
  backend: otlpGrpcProfile(),
  signal: 'metrics',
  // A reset ends all calls of its connection: with one at a time it is known what a reset may repeat.
  config: ({ url }) => ({ metrics_endpoint: url, ...SOAK_OPTIONS, queue: { num_consumers: 1 } }),
};

export default adapter;
