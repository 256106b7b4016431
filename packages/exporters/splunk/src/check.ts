/** Rules of the configuration that its schema cannot state. */
import { checkOwnHeaders, checkUnencrypted, isOff } from '@telemetryflow/http';
import type { Problem } from '@telemetryflow/kernel';
import { indexOf, type SplunkConfig, sendsRealMetrics, urlsOf } from './config.ts';

/** Set by the protocol. */
const RESERVED_HEADERS: ReadonlySet<string> = new Set(['content-encoding', 'content-type', 'x-splunk-request-channel']);

export function checkConfig(config: SplunkConfig): Problem[] {
  const problems = checkUnencrypted(config.endpoint, 'the token');
  if (config.token.empty) {
    problems.push({
      path: ['token'],
      message: 'the token is empty',
      hint: 'create one under Settings > Data inputs > HTTP Event Collector',
    });
  }
  if (urlsOf(config.endpoint)?.raw === true) {
    problems.push({
      path: ['endpoint'],
      message: 'the raw API keeps neither time nor metadata of single events',
      hint: 'write the URL up to /services/collector',
    });
  }
  problems.push(...checkOwnHeaders(config.headers, RESERVED_HEADERS));
  if (config.compression === 'zstd') {
    problems.push({ path: ['compression'], message: 'Splunk takes no zstd', hint: 'use gzip or none' });
  }
  if (config.max_content_length < 1024) {
    problems.push({ path: ['max_content_length'], message: 'requests need 1 KiB at least' });
  }
  const logs = !isOff(config, 'logs');
  const metrics = !isOff(config, 'metrics');
  const index = indexOf(config, 'metrics');
  if (logs && metrics && sendsRealMetrics(config, false) && index !== '' && index === indexOf(config, 'logs')) {
    problems.push({
      path: [config.metrics_index === index ? 'metrics_index' : 'metrics_format'],
      message: `logs and metrics share the index ${index}, which is of one datatype: Splunk loses what is of the other`,
      hint: 'set metrics_index to an index of the datatype metrics, and logs_index to another',
      severity: 'warning',
    });
  }
  const shared = config.metrics_format === 'auto' && !sendsRealMetrics(config, !logs);
  if (shared && metrics) {
    problems.push({
      path: ['metrics_index'],
      message: `metrics share the index ${config.index} with logs, so they are sent as JSON events`,
      hint: 'set metrics_index to an index of the datatype metrics, or metrics_format: event to keep it so',
      severity: 'warning',
    });
  }
  return problems;
}
