/** Configuration of the health_check extension: the Collector's keys. */
import type { ObjectSchema } from '@telemetryflow/kernel';

/** Decoded. */
export interface HealthCheckConfig {
  /** `host:port`. */
  readonly endpoint: string;
  readonly path: string;
}

export const configSchema: ObjectSchema<HealthCheckConfig> = {
  type: 'object',
  properties: {
    endpoint: {
      type: 'string',
      format: 'address',
      default: '127.0.0.1:13133',
      description: 'Address to answer on. Use `0.0.0.0:13133` for probes from other machines.',
    },
    path: { type: 'string', default: '/', description: 'Path of the overall state.' },
  },
};
