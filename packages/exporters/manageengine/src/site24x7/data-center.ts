/** The data centers of Site24x7. Source: the vendor's agent for Node.js; of hosts, its plugins and public configurations. */

const TLDS: Readonly<Record<string, string>> = {
  us: 'com',
  eu: 'eu',
  in: 'in',
  cn: 'cn',
  au: 'net.au',
  jp: 'jp',
  ca: 'ca',
  uk: 'uk',
  ae: 'ae',
  sa: 'sa',
  sg: 'sg',
};

/** Where the hosts for OTLP and for logs are known; the others may exist by the same pattern. */
const OTLP_HOSTS: Readonly<Record<string, string>> = { us: 'otel.site24x7rum.com', in: 'otel.site24x7rum.in' };
const WITH_LOGS: ReadonlySet<string> = new Set(['us', 'eu', 'in', 'cn', 'au', 'jp']);

export const DATA_CENTERS: readonly string[] = Object.keys(TLDS);

/** The data center: the configured one, else that of the key (`in_…`), which for keys without a prefix is `us`. */
export function dataCenterOf(configured: string, key: string): string {
  if (configured !== '') return configured.toLowerCase();
  const prefix = /^([a-z]{2})_/i.exec(key)?.[1]?.toLowerCase() ?? '';
  return Object.hasOwn(TLDS, prefix) ? prefix : 'us';
}

/** Base URL for OTLP; `''` where it is not known. */
export function otlpBaseOf(dataCenter: string): string {
  return Object.hasOwn(OTLP_HOSTS, dataCenter) ? `https://${OTLP_HOSTS[dataCenter]}` : '';
}

/** Host of the AppLogs APIs; `''` where it is not known. */
export function logHostOf(dataCenter: string): string {
  return WITH_LOGS.has(dataCenter) ? `logc.site24x7.${TLDS[dataCenter]}` : '';
}

/** True for the web client, which takes no telemetry. */
export function isConsole(url: string): boolean {
  return URL.canParse(url) && /^(www|plus)\.site24x7\.[a-z.]+$/.test(new URL(url).hostname);
}
