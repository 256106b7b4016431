import { fakeSignoz } from '@telemetryflow/testkit';
import { readOtlpRequest } from '../read-otlp.ts';
import { fakeStandIn, type RunningStandIn, type StandIn } from '../stand-in.ts';

const KEY = 'signoz-token';

const signoz: StandIn = {
  hosts: ['signoz:4318'],
  tls: false,
  signals: ['traces', 'metrics', 'logs'],
  // The block's default is this very agent's own port.
  env: { SIGNOZ_ENDPOINT: 'http://signoz:4318', SIGNOZ_ACCESS_TOKEN: KEY },
  async start(tls): Promise<RunningStandIn> {
    // The block names a server of one's own, which stores them where it is told to; the cloud never does.
    const rules = { key: KEY, now: Date.now, exponentialHistograms: true };
    const { fake, ...standIn } = await fakeStandIn((options) => fakeSignoz(rules, options), readOtlpRequest, tls);
    return {
      ...standIn,
      get refused() {
        return [...standIn.refused, ...fake.skipped.map((id) => `taken, and not stored: ${id}`)];
      },
    };
  },
};

export default signoz;
