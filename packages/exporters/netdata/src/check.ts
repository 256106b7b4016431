/** Rules of the configuration that its schema cannot state. */
import { checkHttpOptions } from '@telemetryflow/http';
import type { Problem } from '@telemetryflow/kernel';
import { verifiesCloud } from './cloud.ts';
import type { NetdataConfig } from './config.ts';
import { targetsOf } from './target.ts';

/** The Agent closes idle StatsD connections after this. */
const IDLE_MS = 600_000;
/** The Agent's slots, `metrics.interval_secs`, by default. */
const SLOT_MS = 10_000;

export function checkConfig(config: NetdataConfig): Problem[] {
  const problems: Problem[] = [...checkHttpOptions(config, [])];
  const targets = targetsOf(config);
  if (targets === undefined) {
    problems.push({
      path: ['metrics_endpoint'],
      message: 'no address of an Agent',
      hint: 'write grpc://host:4317 or statsd://host:8125',
    });
    return problems;
  }
  const { protocol } = config;
  if (
    (protocol === 'statsd' && targets.statsd === undefined) ||
    (protocol === 'otlp_grpc' && targets.otlp === undefined)
  ) {
    problems.push({
      path: ['protocol'],
      message: `the scheme of metrics_endpoint is not that of the protocol ${protocol}`,
      hint: 'remove protocol; the scheme decides',
    });
  }
  if (/^(https?:\/\/)?[^/]*:(4318|19999)\/?$/.test(config.metrics_endpoint)) {
    problems.push({
      path: ['metrics_endpoint'],
      severity: 'warning',
      message: 'no released Agent takes OTLP there: 4318 is for OTLP over HTTP, 19999 is the web page',
      hint: 'use port 4317',
    });
  }
  if (config.verify_cloud === true && !verifiesCloud(config)) {
    problems.push({
      path: ['verify_cloud'],
      severity: 'warning',
      message: 'Netdata Cloud is not asked without api_token and space_id',
      hint: 'set both, or remove verify_cloud',
    });
  }
  if (config.flush_interval > SLOT_MS) {
    problems.push({
      path: ['flush_interval'],
      severity: config.flush_interval >= IDLE_MS ? 'error' : 'warning',
      message: 'an Agent puts points into slots of 10 seconds, and discards what comes later with an OK',
      hint: "set it to 10s or less, or raise the Agent's metrics.interval_secs",
    });
  }
  return problems;
}
