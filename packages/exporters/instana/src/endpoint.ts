/** The hosts of Instana: which surface each is, and where the OTLP acceptor stands that belongs to it. */

/** Where OTLP goes. */
export interface OtlpBase {
  /** Without a slash at the end. */
  readonly url: string;
  /** Nobody documents the pair of old region and acceptor: it may be the wrong one. */
  readonly guessed: boolean;
}

const COLOR = /^(serverless|ingress)-([a-z0-9]+)-saas\.instana\.io$/;
const REGION = /^serverless-([a-z]{2}(?:-[a-z]+)+-\d+)\.instana\.io$/;
/** Documented: red is in the AWS region us-west-2, blue in eu-west-1; not that the old hosts are the same places. */
const COLORS: Readonly<Record<string, string>> = { 'us-west-2': 'red', 'eu-west-1': 'blue' };

const OTLP_PORT = '4318';
const AGENT_PORT = '42699';

/** The OTLP acceptor that belongs to an endpoint; `undefined` where only the user can know it. */
export function otlpBaseOf(endpoint: string): OtlpBase | undefined {
  if (!URL.canParse(endpoint)) return undefined;
  if (takesOtlp(endpoint)) return { url: withoutSlash(endpoint), guessed: false };
  const { hostname } = new URL(endpoint);
  if (isAgent(endpoint)) return { url: `http://${hostname}:${OTLP_PORT}`, guessed: false };
  const [, , color] = COLOR.exec(hostname) ?? [];
  if (color !== undefined) return { url: acceptorOf(color), guessed: false };
  const [, region = ''] = REGION.exec(hostname) ?? [];
  const guess = Object.hasOwn(COLORS, region) ? COLORS[region] : undefined;
  return guess === undefined ? undefined : { url: acceptorOf(guess), guessed: true };
}

function acceptorOf(color: string): string {
  return `https://otlp-${color}-saas.instana.io:${OTLP_PORT}`;
}

/** True for an endpoint that takes OTLP itself, and no spans in Instana's own format. */
export function takesOtlp(endpoint: string): boolean {
  if (!URL.canParse(endpoint)) return false;
  const { hostname, port } = new URL(endpoint);
  return hostname.startsWith('otlp-') || port === OTLP_PORT;
}

/** True for a host agent: the port of its own API, or a name of its host without a port. Beside it there is OTLP. */
export function isAgent(endpoint: string): boolean {
  if (!URL.canParse(endpoint)) return false;
  const { hostname, port } = new URL(endpoint);
  return port === AGENT_PORT || (port === '' && /^(localhost$|instana-agent(\.|$))/.test(hostname));
}

/** True for a request that stays on this machine or node: a host agent needs no key. */
export function isAgentUrl(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, port } = new URL(url);
  return protocol === 'http:' && (port === OTLP_PORT || port === AGENT_PORT);
}

/** Where a signal in Instana's own format goes; the host that agents report to serves no such path, its neighbour does. */
export function nativeUrl(endpoint: string, signal: 'traces' | 'metrics'): string {
  if (!URL.canParse(endpoint)) return '';
  const url = new URL(endpoint);
  const [, kind, color] = COLOR.exec(url.hostname) ?? [];
  if (kind === 'ingress') url.hostname = `serverless-${color}-saas.instana.io`;
  url.pathname = `${withoutSlash(url.pathname)}/${signal}`;
  return url.href;
}

/** The event API of a host agent. */
export function eventUrl(agentUrl: string): string {
  return agentUrl === '' ? '' : `${withoutSlash(agentUrl)}/com.instana.plugin.generic.event`;
}

/** True for a host that takes the data of browsers only. */
export function isForBrowsers(endpoint: string): boolean {
  return URL.canParse(endpoint) && /^eum-[a-z0-9]+-saas\.instana\.io$/.test(new URL(endpoint).hostname);
}

/** True for what looks like the host of a unit's user interface, `UNIT-TENANT.instana.io`, which takes no telemetry. */
export function looksLikeUnit(endpoint: string): boolean {
  if (!URL.canParse(endpoint)) return false;
  const { hostname } = new URL(endpoint);
  return /^[a-z0-9]+-[a-z0-9-]+\.instana\.io$/.test(hostname) && !/^(serverless|ingress|otlp|eum|saas)-/.test(hostname);
}

/** gRPC, which this exporter does not speak. */
export function isGrpc(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { hostname, port } = new URL(url);
  return port === '4317' || hostname.startsWith('otlp-grpc-');
}

function withoutSlash(text: string): string {
  return text.replace(/\/+$/, '');
}
