/** Rules of the configuration that its schema cannot state. */
import { checkHttpOptions, checkOtlpEndpoint, checkOwnHeaders, checkUnencrypted } from '@telemetryflow/http';
import type { Problem } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import type { LogsMode, ManageengineConfig, Product } from './config.ts';
import { type Destination, destinationOf, logsModeOf, productOf, signalsOf } from './destination.ts';
import { DATA_CENTERS, isConsole } from './site24x7/data-center.ts';

const MODES: Readonly<Record<Product, readonly LogsMode[]>> = {
  opmanager: ['events', 'syslog', 'off'],
  site24x7: ['otlp', 'applogs', 'receiver', 'off'],
  applications_manager: ['off'],
};
/** Set by the exporter; another value would send the data to somebody else, or make it unreadable. */
const RESERVED_HEADERS: ReadonlySet<string> = new Set([
  'api-key',
  'apikey',
  'content-encoding',
  'content-type',
  'log-size',
  'upload-id',
  'x-devicekey',
  'x-logtype',
  'x-streammode',
]);

/** Options that only one product reads, and what they are when nobody sets them. */
const OWN_OPTIONS: Readonly<Partial<Record<keyof ManageengineConfig, Product>>> = {
  alerts_endpoint: 'opmanager',
  data_center: 'site24x7',
  device_name: 'opmanager',
  log_type: 'site24x7',
  syslog_endpoint: 'opmanager',
  upload_domain: 'site24x7',
};

export function checkConfig(config: ManageengineConfig): Problem[] {
  const targets = signalsOf(config).map((signal) => ({ signal, to: destinationOf(config, signal) }));
  const urls = targets.flatMap(({ to }) => ('url' in to && to.url !== '' ? [to.url] : []));
  return [
    ...checkLogs(config),
    ...checkEndpoints(config, targets),
    ...checkOwnOptions(config),
    ...checkOwnHeaders(config.headers, RESERVED_HEADERS, () => 'remove it from headers; keys belong into api_key'),
    ...checkHttpOptions({ ...config, endpoint: '' }, urls),
  ];
}

function checkLogs(config: ManageengineConfig): Problem[] {
  const product = productOf(config);
  const mode = logsModeOf(config);
  const problems: Problem[] = [];
  if (!MODES[product].includes(mode)) {
    problems.push({
      path: ['logs_mode'],
      message: `${product} takes no logs as ${mode}`,
      hint: `use ${MODES[product].join(', ')}`,
    });
    return problems;
  }
  if (config.logs_endpoint !== '' && config.logs_mode !== undefined && mode !== 'off' && mode !== 'otlp') {
    problems.push({
      path: ['logs_endpoint'],
      message: `logs cannot go both to the gateway of logs_endpoint and as ${mode}`,
      hint: 'remove logs_mode or logs_endpoint',
    });
  }
  if (product === 'opmanager' && config.metrics_endpoint !== '' && config.metric_thresholds.length > 0) {
    problems.push({
      path: ['metrics_endpoint'],
      message: 'metrics cannot go both to the gateway of metrics_endpoint and through metric_thresholds',
      hint: 'remove one of the two',
    });
  }
  const needs = (option: 'log_type' | 'log_token' | 'syslog_endpoint', why: string): void => {
    const value = config[option];
    const missing = typeof value === 'string' ? value === '' : (value?.empty ?? true);
    if (missing) problems.push({ path: [option], message: `logs_mode: ${mode} needs ${option}`, hint: why });
  };
  if (mode === 'applogs') needs('log_type', 'copy the id of the log type from its upload configuration');
  if (mode === 'receiver') needs('log_token', 'turn on API upload for the log type, and copy its token');
  if (mode === 'syslog') needs('syslog_endpoint', 'write udp://HOST:514');
  return problems;
}

function checkEndpoints(
  config: ManageengineConfig,
  targets: readonly { readonly signal: Signal; readonly to: Destination }[],
): Problem[] {
  const problems: Problem[] = [];
  for (const { signal, to } of targets) {
    if (to.kind === 'syslog') {
      const wrong = config.syslog_endpoint !== '' && (to.host === '' || !(to.port > 0 && to.port < 65_536));
      if (wrong)
        problems.push({ path: ['syslog_endpoint'], message: 'this is no UDP address', hint: 'write udp://HOST:514' });
      continue;
    }
    if (to.kind === 'none') continue;
    const path = optionOf(config, signal, to);
    if (problems.some((problem) => problem.path[0] === path)) continue;
    if (to.url === '' || !URL.canParse(to.url)) problems.push({ path: [path], ...unknownHost(config, to) });
    else problems.push(...checkUnencrypted(to.url, 'the api_key').map((problem) => ({ ...problem, path: [path] })));
  }
  for (const path of ['otlp_endpoint', 'base_url'] as const) {
    if (productOf(config) === 'opmanager') continue;
    problems.push(...checkOtlpEndpoint({ endpoint: config[path] }).map((problem) => ({ ...problem, path: [path] })));
  }
  return problems;
}

/** The option that the URL comes from. */
function optionOf(config: ManageengineConfig, signal: Signal, { kind }: Destination): string {
  if (kind === 'applogs' || kind === 'receiver') return 'upload_domain';
  if (kind === 'events') return config.alerts_endpoint === '' ? 'base_url' : 'alerts_endpoint';
  if (signal !== 'traces' && config[`${signal}_endpoint`] !== '') return `${signal}_endpoint`;
  return config.otlp_endpoint !== '' || isConsole(config.base_url) || config.base_url === ''
    ? 'otlp_endpoint'
    : 'base_url';
}

function unknownHost(config: ManageengineConfig, { kind }: Destination): Pick<Problem, 'message' | 'hint'> {
  if (kind === 'otlp') {
    return {
      message: 'the OTLP address of this data center is not published',
      hint: 'copy the OTLP endpoint from APM > OpenTelemetry of the web client into otlp_endpoint',
    };
  }
  return {
    message: `the host for logs of the data center ${config.data_center || 'of this key'} is not published`,
    hint: 'copy it from the upload configuration of the log type into upload_domain',
  };
}

function checkOwnOptions(config: ManageengineConfig): Problem[] {
  const product = productOf(config);
  const problems: Problem[] = Object.entries(OWN_OPTIONS).flatMap(([option, owner]) =>
    owner === product || config[option as 'log_type'] === '' ? [] : [unread(option, product, owner)],
  );
  if (config.metric_thresholds.length > 0 && product !== 'opmanager') {
    problems.push(unread('metric_thresholds', product, 'opmanager'));
  }
  if (config.data_center !== '' && !DATA_CENTERS.includes(config.data_center.toLowerCase())) {
    problems.push({
      path: ['data_center'],
      message: `there is no data center ${config.data_center}`,
      hint: `use ${DATA_CENTERS.join(', ')}`,
    });
  }
  return problems;
}

function unread(option: string, product: Product, owner: Product): Problem {
  return {
    path: [option],
    severity: 'warning',
    message: `${product} does not read ${option}`,
    hint: `it belongs to product: ${owner}; remove it`,
  };
}
