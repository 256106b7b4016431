/** The data centres of New Relic, their hosts, and which of them a license key belongs to. */
import type { Signal } from '@telemetryflow/otlp';

/** A data centre, by the name it has in the configuration. */
export type Region = 'US' | 'EU' | 'GOV' | 'JP' | 'STG';

interface Hosts {
  readonly otlp: string;
  /** Hosts of the own APIs; a signal without one needs an endpoint of its own. */
  readonly api: { readonly [S in Signal]?: string };
}

const newrelicHosts = (infix: string, prefix = ''): Hosts['api'] => ({
  metrics: `${prefix}metric-api.${infix}newrelic.com`,
  logs: `${prefix}log-api.${infix}newrelic.com`,
  traces: `${prefix}trace-api.${infix}newrelic.com`,
});

/** Source: New Relic's pages about OTLP, its ingest APIs and FedRAMP endpoints. */
export const HOSTS: { readonly [R in Region]: Hosts } = {
  US: { otlp: 'otlp.nr-data.net', api: newrelicHosts('') },
  EU: { otlp: 'otlp.eu01.nr-data.net', api: newrelicHosts('eu.') },
  GOV: { otlp: 'gov-otlp.nr-data.net', api: newrelicHosts('', 'gov-') },
  JP: { otlp: 'otlp.jp.nr-data.net', api: { metrics: 'metric-api.jp.nr-data.net', logs: 'log-api.jp.nr-data.net' } },
  STG: { otlp: 'staging-otlp.nr-data.net', api: newrelicHosts('', 'staging-') },
};

const NAMES: Readonly<Record<string, Region>> = {
  us: 'US',
  us01: 'US',
  eu: 'EU',
  eu01: 'EU',
  gov: 'GOV',
  fedramp: 'GOV',
  'us-gov': 'GOV',
  jp: 'JP',
  stg: 'STG',
};

/** The region of this name, whatever its case; `undefined` for a name that is none. */
export function regionNamed(name: string): Region | undefined {
  return Object.hasOwn(NAMES, name.toLowerCase()) ? NAMES[name.toLowerCase()] : undefined;
}

/** The region that the prefix of a license key names (`eu01xx…`); keys of the US have none. */
export function regionOfKey(key: string): Region | undefined {
  if (/^eu\d*x/i.test(key)) return 'EU';
  return /^jp\d*x/i.test(key) ? 'JP' : undefined;
}
