/** Where each signal goes, and how it is written there. */
import { isOff, OTLP_PATHS } from '@telemetryflow/http';
import type { Signal } from '@telemetryflow/otlp';
import type { InstanaConfig } from './config.ts';
import { eventUrl, isAgent, nativeUrl, type OtlpBase, otlpBaseOf, takesOtlp } from './endpoint.ts';

/**
 * `native`: spans in the format of Instana's own tracers. `plugins`: snapshots of processes in it, made of metrics.
 * `otlp`: OTLP over HTTP. `events`: events of a host agent, made of log records. `none`: nothing says where to.
 */
export type Route = 'native' | 'plugins' | 'otlp' | 'events' | 'none';

/** The destination of one signal. */
export interface Target {
  readonly route: Route;
  /** `''` with the route `none`. */
  readonly url: string;
  /** The host was guessed from an old region. */
  readonly guessed: boolean;
}

const SIGNALS: readonly Signal[] = ['traces', 'metrics', 'logs'];
const NONE: Target = { route: 'none', url: '', guessed: false };

export function targetOf(config: InstanaConfig, signal: Signal): Target {
  if (signal === 'logs' && config.logs_mode === 'events') {
    return known('events', config.events_endpoint === '' ? eventUrl(config.agent_url) : config.events_endpoint);
  }
  const own = config[`${signal}_endpoint`];
  if (signal === 'metrics' && config.metrics_format === 'plugins') {
    const { endpoint } = config;
    return known('plugins', own === '' && isAcceptor(endpoint) ? nativeUrl(endpoint, signal) : own);
  }
  if (own !== '') return known(signal === 'traces' && !isOtlpPath(own) ? 'native' : 'otlp', own);
  if (signal === 'traces' && goesNative(config)) return known('native', nativeUrl(config.endpoint, signal));
  const base = otlpBase(config);
  return base === undefined ? NONE : { route: 'otlp', url: base.url + OTLP_PATHS[signal], guessed: base.guessed };
}

/** The signals that this configuration sends. */
export function signalsOf(config: InstanaConfig): readonly Signal[] {
  return SIGNALS.filter((signal) => {
    if (isOff(config, signal)) return false;
    if (signal === 'logs' && config.logs_mode !== 'otlp') return config.logs_mode === 'events';
    return (
      signal === 'traces' ||
      config.protocol !== 'native' ||
      (signal === 'metrics' && config.metrics_format === 'plugins')
    );
  });
}

/** The base of the OTLP acceptor: the configured one, else the one that belongs to the endpoint. */
export function otlpBase({ otlp_endpoint: own, endpoint }: InstanaConfig): OtlpBase | undefined {
  return own === '' ? otlpBaseOf(endpoint) : { url: own.replace(/\/+$/, ''), guessed: false };
}

function goesNative({ protocol, endpoint, otlp_endpoint: otlp }: InstanaConfig): boolean {
  if (protocol !== 'auto') return protocol === 'native';
  return endpoint === '' ? otlp === '' : isAcceptor(endpoint);
}

/** True for an endpoint that may take the formats of Instana's own tracers. */
function isAcceptor(endpoint: string): boolean {
  return endpoint !== '' && !takesOtlp(endpoint) && !isAgent(endpoint);
}

function known(route: Route, url: string): Target {
  return url === '' ? NONE : { route, url, guessed: false };
}

/** What the end of a URL for traces or metrics says about its format. */
export function isOtlpPath(url: string): boolean {
  return URL.canParse(url) && /\/v1\/(traces|metrics)\/?$/.test(new URL(url).pathname);
}
