/** Rules of the configuration that its schema cannot state. */
import { checkUnencrypted, otlpWire } from '@telemetryflow/http';
import type { Problem } from '@telemetryflow/kernel';
import type { CorootConfig } from './config.ts';

export function check(config: CorootConfig): readonly Problem[] {
  const { api_key, endpoint, project_id, metrics_protocol, metrics_endpoint } = config;
  const problems: Problem[] = api_key === undefined ? [] : checkUnencrypted(endpoint, 'the api_key');
  if (otlpWire(config).json) {
    problems.push({
      path: [config.protocol === 'http/json' ? 'protocol' : 'encoding'],
      message: 'Coroot answers 400 to JSON',
      hint: 'use protobuf',
    });
  }
  if (metrics_protocol === 'otlp' && !metrics_endpoint) {
    problems.push({
      path: ['metrics_protocol'],
      message: 'Coroot takes no OTLP metrics',
      hint: 'name a gateway that does in metrics_endpoint, or use remote_write',
    });
  }
  if (project_id !== undefined && project_id !== '') {
    problems.push({
      path: ['project_id'],
      severity: 'warning',
      message: 'project_id has no effect',
      hint: 'remove it: the api_key selects the project',
    });
  }
  return problems;
}
