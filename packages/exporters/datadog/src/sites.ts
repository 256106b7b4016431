/** Datadog's sites: each is a region of its own with its own domain, and a key is good for one of them only. */

const DOMAINS: Readonly<Record<string, string>> = {
  us1: 'datadoghq.com',
  us3: 'us3.datadoghq.com',
  us5: 'us5.datadoghq.com',
  eu1: 'datadoghq.eu',
  ap1: 'ap1.datadoghq.com',
  ap2: 'ap2.datadoghq.com',
  uk1: 'uk1.datadoghq.com',
  us1_fed: 'ddog-gov.com',
  us2_fed: 'us2.ddog-gov.com',
};

const ALIASES: Readonly<Record<string, string>> = {
  us: 'us1',
  eu: 'eu1',
  gov: 'us1_fed',
  'us1-fed': 'us1_fed',
  gov2: 'us2_fed',
  'us2-fed': 'us2_fed',
};

/** The names that `site` takes besides a domain. */
export const SITES: readonly string[] = Object.keys(DOMAINS);

const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * The domain of a site: a name of the table, or a domain as it stands (also with scheme, `app.` or `api.` in front).
 * `undefined` for anything else.
 */
export function siteDomain(site: string): string | undefined {
  const name = site
    .trim()
    .toLowerCase()
    .replace(/^https?:\/\//, '')
    .replace(/\/+$/, '')
    .replace(/^(?:app|api)\./, '');
  const known = Object.hasOwn(ALIASES, name) ? ALIASES[name] : name;
  if (known !== undefined && Object.hasOwn(DOMAINS, known)) return DOMAINS[known];
  return DOMAIN.test(name) ? name : undefined;
}
