/** `openobserve` before a strict OpenObserve. */
import openobserve from '@telemetryflow/exporter-openobserve';
import { openobserveProfile } from '@telemetryflow/testkit';
import { SOAK_OPTIONS, type SoakAdapter } from '../adapter.ts';

const USER = { username: 'root@example.com', password: 'password' };

const adapter: SoakAdapter = {
  definition: openobserve,
  backend: openobserveProfile(USER),
  signal: 'logs',
  // The run takes longer than the window of the server, by the clock of the chain.
  config: ({ url }) => ({ endpoint: url, ...USER, max_age: '0s', ...SOAK_OPTIONS }),
};

export default adapter;
