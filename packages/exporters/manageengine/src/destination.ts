/** Which signals are on, and what becomes of each: where it goes and in which form, or why the product does not take it. */
import { isOff, OTLP_PATHS, otlpUrl } from '@telemetryflow/http';
import type { Signal } from '@telemetryflow/otlp';
import type { LogsMode, ManageengineConfig, Product } from './config.ts';
import { dataCenterOf, isConsole, logHostOf, otlpBaseOf } from './site24x7/data-center.ts';

export type Destination =
  /** `otlp`: OTLP over HTTP. `events`: OpManager's addEvent. `gateway`: JSON to a receiver of the user's own. */
  | { readonly kind: 'otlp' | 'events' | 'gateway' | 'applogs' | 'receiver'; readonly url: string }
  | { readonly kind: 'syslog'; readonly host: string; readonly port: number }
  | { readonly kind: 'none'; readonly hint: string };

const OPMANAGER = 'https://localhost:8060';
const EVENTS_PATH = '/api/json/events/addEvent';

const SIGNALS: readonly Signal[] = ['traces', 'metrics', 'logs'];

/** Spans are an addition that is off until it is asked for: by `traces`, or by naming the collector that takes them. */
export function signalsOf(config: ManageengineConfig): Signal[] {
  const { traces } = config as { readonly traces?: unknown };
  const unasked =
    traces === undefined && !(productOf(config) === 'applications_manager' && config.otlp_endpoint !== '');
  return SIGNALS.filter((signal) => {
    if (isOff(config, signal)) return false;
    if (signal === 'logs') return config.logs_mode !== 'off';
    return signal !== 'traces' || !unasked;
  });
}

export function productOf({ product }: Pick<ManageengineConfig, 'product'>): Product {
  return product === 'appmanager' ? 'applications_manager' : product;
}

/** How logs travel, the default of the product included. */
export function logsModeOf(config: Pick<ManageengineConfig, 'product' | 'logs_mode'>): LogsMode {
  const product = productOf(config);
  return config.logs_mode ?? (product === 'opmanager' ? 'events' : product === 'site24x7' ? 'otlp' : 'off');
}

/** The destination of a signal. Incomplete addresses have the URL `''`, which the check of the configuration refuses. */
export function destinationOf(config: ManageengineConfig, signal: Signal): Destination {
  switch (productOf(config)) {
    case 'opmanager':
      return opmanager(config, signal);
    case 'site24x7':
      return site24x7(config, signal);
    case 'applications_manager':
      return applicationsManager(config, signal);
  }
}

/** The base URL of OpManager's or Applications Manager's own APIs, without a slash at its end. */
export function baseUrlOf(config: Pick<ManageengineConfig, 'product' | 'base_url'>): string {
  const base = config.base_url === '' && productOf(config) === 'opmanager' ? OPMANAGER : config.base_url;
  return base.replace(/\/+$/, '');
}

function opmanager(config: ManageengineConfig, signal: Signal): Destination {
  const gateway = gatewayOf(config, signal);
  if (gateway !== undefined) return gateway;
  const events = { kind: 'events', url: config.alerts_endpoint || `${baseUrlOf(config)}${EVENTS_PATH}` } as const;
  if (signal === 'logs') return logsModeOf(config) === 'syslog' ? syslog(config) : events;
  if (signal === 'metrics' && config.metric_thresholds.length > 0) return events;
  const hint =
    signal === 'metrics'
      ? 'set metric_thresholds to raise alarms, metrics_endpoint to a gateway of your own, or metrics: false'
      : 'set traces: false';
  return { kind: 'none', hint };
}

function site24x7(config: ManageengineConfig, signal: Signal): Destination {
  const mode = signal === 'logs' ? logsModeOf(config) : 'otlp';
  if (mode === 'otlp') {
    return { kind: 'otlp', url: otlpUrl({ ...config, traces_endpoint: '', endpoint: site24x7Base(config) }, signal) };
  }
  const base = logBaseOf(config);
  if (base === '') return { kind: mode === 'applogs' ? 'applogs' : 'receiver', url: '' };
  if (mode === 'applogs') return { kind: 'applogs', url: `${base}/upload` };
  return { kind: 'receiver', url: `${base}/event/receiver${receiverQuery(config)}` };
}

function logBaseOf({ upload_domain: own, data_center: center, api_key: key }: ManageengineConfig): string {
  const host = own || logHostOf(dataCenterOf(center, key.reveal()));
  return host === '' || host.includes('://') ? host.replace(/\/+$/, '') : `https://${host}`;
}

function site24x7Base({
  otlp_endpoint: own,
  base_url: base,
  data_center: center,
  api_key: key,
}: ManageengineConfig): string {
  if (own !== '') return own;
  return base === '' || isConsole(base) ? otlpBaseOf(dataCenterOf(center, key.reveal())) : base;
}

function receiverQuery({ log_token: token, monitor_group: group }: ManageengineConfig): string {
  const query = new URLSearchParams({ token: token?.reveal() ?? '' });
  if (isGroupIds(group)) query.set('monitorGroupIds', group.replaceAll(/\s/g, ''));
  return `?${query}`;
}

/** True for ids of monitor groups, which are numbers; a name is something else. */
export function isGroupIds(group: string): boolean {
  return /^\s*\d+(\s*,\s*\d+)*\s*$/.test(group);
}

function applicationsManager(config: ManageengineConfig, signal: Signal): Destination {
  if (signal === 'traces' && config.otlp_endpoint !== '') {
    return { kind: 'otlp', url: otlpUrl({ endpoint: config.otlp_endpoint }, 'traces') };
  }
  const gateway = gatewayOf(config, signal);
  if (gateway !== undefined) return gateway;
  const hint =
    signal === 'traces'
      ? `set otlp_endpoint to the APM Insight collector (http://HOST:4318, without ${OTLP_PATHS.traces}), or traces: false`
      : `set ${signal}_endpoint to a gateway of your own, or ${signal}: false`;
  return { kind: 'none', hint };
}

/** What the user has put in front of a product that takes no such data itself. */
function gatewayOf(config: ManageengineConfig, signal: Signal): Destination | undefined {
  const url = signal === 'traces' ? '' : config[`${signal}_endpoint`];
  return url === '' ? undefined : { kind: 'gateway', url };
}

const SYSLOG = /^(?:udp|syslog):\/\/(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?\/?$/i;
const SYSLOG_PORT = 514;

function syslog({ syslog_endpoint: endpoint }: ManageengineConfig): Destination {
  const [, host = '', port = SYSLOG_PORT] = SYSLOG.exec(endpoint) ?? [];
  return { kind: 'syslog', host: host.replaceAll(/^\[|\]$/g, ''), port: Number(port) };
}
