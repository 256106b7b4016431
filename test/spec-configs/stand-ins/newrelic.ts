import { fakeNewrelic } from '@telemetryflow/testkit';
import { readOtlpRequest } from '../read-otlp.ts';
import { fakeStandIn, type RunningStandIn, type StandIn } from '../stand-in.ts';

const LICENSE_KEY = '0123456789abcdef0123456789abcdef0123NRAL';

const newrelic: StandIn = {
  hosts: ['otlp.nr-data.net:443'],
  tls: true,
  signals: ['traces', 'metrics', 'logs'],
  env: { NEWRELIC_LICENSE_KEY: LICENSE_KEY },
  async start(tls): Promise<RunningStandIn> {
    const rules = { key: LICENSE_KEY, now: Date.now };
    const { fake, ...standIn } = await fakeStandIn((options) => fakeNewrelic(rules, options), readOtlpRequest, tls);
    return {
      ...standIn,
      get refused() {
        return [...standIn.refused, ...fake.integrationErrors];
      },
    };
  },
};

export default newrelic;
