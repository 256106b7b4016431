/** `webhook` with its JSON envelope, before a strict receiver. */
import webhook from '@telemetryflow/exporter-webhook';
import { webhookProfile } from '@telemetryflow/testkit';
import { SOAK_OPTIONS, type SoakAdapter } from '../adapter.ts';

const adapter: SoakAdapter = {
  definition: webhook,
  signal: 'logs',
  config: ({ url }) => ({ url: `${url}/in`, encoding: 'json', retry_attempts: 1_000_000, ...SOAK_OPTIONS }),
  backend: webhookProfile({ encoding: 'json', path: '/in' }),
};

export default adapter;
