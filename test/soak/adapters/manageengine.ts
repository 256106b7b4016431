/** `manageengine` before a strict Site24x7, by its upload API for logs. */
import manageengine from '@telemetryflow/exporter-manageengine';
import { APPLOGS_UPLOAD_PROFILE } from '@telemetryflow/testkit';
import { SOAK_OPTIONS, type SoakAdapter } from '../adapter.ts';

const adapter: SoakAdapter = {
  definition: manageengine,
  backend: APPLOGS_UPLOAD_PROFILE,
  signal: 'logs',
  config: ({ url }) => ({
    product: 'site24x7',
    api_key: 'in_0123456789abcdef0123456789abcdef',
    logs_mode: 'applogs',
    log_type: 'a-log-type',
    upload_domain: url,
    ...SOAK_OPTIONS,
  }),
};

export default adapter;
