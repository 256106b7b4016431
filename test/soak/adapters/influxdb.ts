/** `influxdb` before a strict InfluxDB 1, where a 400 has stored the good points. */
import influxdb from '@telemetryflow/exporter-influxdb';
import { influxdbProfile } from '@telemetryflow/testkit';
import { SOAK_OPTIONS, type SoakAdapter } from '../adapter.ts';

const adapter: SoakAdapter = {
  definition: influxdb,
  backend: influxdbProfile({ version: 1, database: 'telemetry' }),
  signal: 'metrics',
  config: ({ url }) => ({ endpoint: url, database: 'telemetry', ...SOAK_OPTIONS }),
};

export default adapter;
