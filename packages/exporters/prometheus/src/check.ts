/** Rules of the configuration that its schema cannot state. */
import { checkOwnHeaders } from '@telemetryflow/http';
import type { Problem } from '@telemetryflow/kernel';
import { labelName } from '@telemetryflow/remote-write';
import { credentials, isOtlp, type PrometheusConfig } from './config.ts';
import { otlpUrl } from './endpoint.ts';

/** Set by the protocol: see the remote write specification. */
const RESERVED_HEADERS: ReadonlySet<string> = new Set([
  'content-encoding',
  'content-type',
  'x-prometheus-remote-write-version',
  'user-agent',
]);

/** PromQL shows a series for this long after its last sample. */
const LOOKBACK_MS = 300_000;

export function checkConfig(config: PrometheusConfig): Problem[] {
  return [
    ...checkEndpoint(config),
    ...checkCredentials(config),
    ...checkOwnHeaders(config.headers, RESERVED_HEADERS),
    ...checkLabels(config),
    ...checkProtocol(config),
    ...checkWithoutEffect(config),
  ];
}

function checkEndpoint(config: PrometheusConfig): Problem[] {
  const { endpoint } = config;
  const path = ['endpoint'];
  if (/^https?:\/\/[^/]/i.test(endpoint) && URL.canParse(endpoint)) {
    if (!isOtlp(config) || otlpUrl(endpoint) !== undefined) return [];
    return [
      {
        path,
        message: 'this is a path for remote write, and does not tell where the receiver takes OTLP',
        hint: 'write the full URL for OTLP, which ends in /v1/metrics; Mimir has /otlp/v1/metrics',
      },
    ];
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(endpoint)) {
    return [{ path, message: `"${schemeOf(endpoint)}" is no URL for remote write`, hint: 'use http:// or https://' }];
  }
  return [
    {
      path,
      message: 'the endpoint has no scheme, so it is no URL to send to',
      hint:
        'this exporter pushes by remote write: write http://host:9090/api/v1/write. ' +
        'An address like 0.0.0.0:8889 belongs to the Collector exporter of the same name, which is scraped',
    },
  ];
}

function schemeOf(endpoint: string): string {
  return endpoint.slice(0, endpoint.indexOf('://') + 3);
}

function checkCredentials(config: PrometheusConfig): Problem[] {
  const problems: Problem[] = [];
  const basic = credentials(config);
  const bearer = config.bearer_token !== undefined && !config.bearer_token.empty;
  if (basic !== undefined && bearer) {
    problems.push({
      path: ['bearer_token'],
      message: 'both Basic and Bearer authentication are set',
      hint: 'keep one of them',
    });
  }
  if (basic !== undefined && basic.user === '') {
    problems.push({ path: ['username'], message: 'there is a password without a username' });
  }
  if (basic !== undefined && (basic.password === undefined || basic.password.empty)) {
    problems.push({ path: ['password'], message: 'there is a username without a password' });
  }
  return problems;
}

function checkLabels(config: PrometheusConfig): Problem[] {
  const problems: Problem[] = [];
  for (const name of Object.keys(config.external_labels)) {
    if (labelName(name, config.translation_strategy) === undefined) {
      problems.push({
        path: ['external_labels', name],
        message: `"${name}" is no name for a label`,
        hint: 'use letters, digits and underscores; __name__ is reserved',
      });
    }
  }
  return problems;
}

function checkProtocol(config: PrometheusConfig): Problem[] {
  const problems: Problem[] = [];
  if (config.histograms === 'nhcb' && config.protocol === '1.0') {
    problems.push({
      path: ['histograms'],
      message: 'native histograms with custom buckets need remote write 2.0',
      hint: 'set protocol: 2.0 or auto, or histograms: classic',
    });
  }
  if (!isOtlp(config) && String(config.compression) !== 'snappy') {
    problems.push({
      path: ['compression'],
      message: 'remote write demands snappy',
      hint: 'remove the option, or set protocol: otlp',
    });
  }
  if (config.flush_interval >= LOOKBACK_MS) {
    problems.push({
      path: ['flush_interval'],
      message: 'queries show gaps when samples arrive less often than every 5 minutes',
      hint: 'keep it well under 5m',
      severity: 'warning',
    });
  }
  return problems;
}

/** Over OTLP the server makes the series: what only remote write can say would be silently ignored. */
function checkWithoutEffect(config: PrometheusConfig): Problem[] {
  if (!isOtlp(config)) return [];
  const set: Readonly<Record<string, readonly [isSet: boolean, hint: string]>> = {
    target_info: [!config.target_info, 'Prometheus always writes it'],
    scope_labels: [!config.scope_labels, 'set otlp.promote_scope_metadata of the server'],
    histograms: [config.histograms === 'nhcb', 'set otlp.convert_histograms_to_nhcb of the server'],
    send_metadata: [!config.send_metadata, 'type, help and unit are a part of OTLP'],
    max_label_value_length: [config.max_label_value_length > 0, 'cut values by a processor, or use remote write'],
  };
  return Object.entries(set)
    .filter(([, [isSet]]) => isSet)
    .map(([option, [, hint]]) => ({
      path: [option],
      message: 'this has no effect with protocol: otlp, where the server makes the series',
      hint,
      severity: 'warning',
    }));
}
