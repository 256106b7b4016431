/** `instana` before a strict acceptor of spans, which takes all of a request or nothing. */
import instana from '@telemetryflow/exporter-instana';
import { INSTANA_PROFILE } from '@telemetryflow/testkit';
import { SOAK_OPTIONS, type SoakAdapter } from '../adapter.ts';

const adapter: SoakAdapter = {
  definition: instana,
  backend: INSTANA_PROFILE,
  signal: 'traces',
  config: ({ url }) => ({ endpoint_url: url, agent_key: 'agent-key', protocol: 'native', ...SOAK_OPTIONS }),
};

export default adapter;
