import { fakeHyperdx } from '@telemetryflow/testkit';
import { readOtlpRequest } from '../read-otlp.ts';
import { fakeStandIn, type StandIn } from '../stand-in.ts';

const KEY = 'hyperdx-ingestion-key';

const hyperdx: StandIn = {
  hosts: ['in-otel.hyperdx.io:443'],
  tls: true,
  signals: ['traces', 'metrics', 'logs'],
  env: { HYPERDX_API_KEY: KEY },
  start: (tls) => fakeStandIn((options) => fakeHyperdx({ authorization: KEY }, options), readOtlpRequest, tls),
};

export default hyperdx;
