/** `elasticsearch` before a strict Elasticsearch. */
import elasticsearch from '@telemetryflow/exporter-elasticsearch';
import { ELASTICSEARCH_PROFILE } from '@telemetryflow/testkit';
import { SOAK_OPTIONS, type SoakAdapter } from '../adapter.ts';

const adapter: SoakAdapter = {
  definition: elasticsearch,
  backend: ELASTICSEARCH_PROFILE,
  signal: 'logs',
  // Without a template every request is a bulk request.
  config: ({ url }) => ({ endpoints: [url], template: 'off', ...SOAK_OPTIONS }),
};

export default adapter;
