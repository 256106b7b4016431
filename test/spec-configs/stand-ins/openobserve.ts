import { fakeOpenobserve, type RecordedRequest } from '@telemetryflow/testkit';
import { readOtlpRequest } from '../read-otlp.ts';
import { fakeStandIn, must, type Received, type RunningStandIn, type StandIn } from '../stand-in.ts';

const RULES = {
  username: 'root@example.com',
  password: 'openobserve-password',
  organization: 'acme',
  now: Date.now,
} as const;
const STREAM = 'agents';

function read(request: RecordedRequest): Received[] {
  // The streams of metrics are their names.
  const stream = request.path.endsWith('/v1/metrics') ? undefined : STREAM;
  must(request.headers['stream-name'] === stream, `stream-name is ${request.headers['stream-name']}`);
  return readOtlpRequest(request);
}

const openobserve: StandIn = {
  hosts: ['openobserve:5080'],
  tls: false,
  signals: ['traces', 'metrics', 'logs'],
  env: {
    OPENOBSERVE_ENDPOINT: 'http://openobserve:5080',
    OPENOBSERVE_USERNAME: RULES.username,
    OPENOBSERVE_PASSWORD: RULES.password,
    OPENOBSERVE_ORG: RULES.organization,
    OPENOBSERVE_STREAM: STREAM,
  },
  async start(tls): Promise<RunningStandIn> {
    const { fake, ...standIn } = await fakeStandIn((options) => fakeOpenobserve(RULES, options), read, tls);
    return {
      ...standIn,
      // What is outside of its window of time it takes, and does not store.
      get received() {
        const stored = new Set(fake.stored);
        return standIn.received.filter(({ id }) => id === undefined || stored.has(id));
      },
    };
  },
};

export default openobserve;
