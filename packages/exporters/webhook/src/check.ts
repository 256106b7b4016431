/** Rules of a webhook configuration that its schema cannot state. */
import { checkHeaders, checkHttpOptions, FRAMING_HEADERS } from '@telemetryflow/http';
import type { Problem } from '@telemetryflow/kernel';
import { type AddressPolicy, refuseHost } from './address-policy.ts';
import { parseSuccessCodes } from './classify.ts';
import type { EndpointConfig, ListedEndpoint, WebhookConfig } from './config.ts';
import { standardKey } from './sign.ts';

type Path = readonly (string | number)[];
type Found = Omit<Problem, 'path'>;

const REFUSED_HEADERS: ReadonlySet<string> = new Set([...FRAMING_HEADERS, 'host']);
const NAME = /^[^\s/]+$/;

/** Everything wrong with a block, at the key where it was written. */
export function check(config: WebhookConfig): readonly Problem[] {
  const { endpoints, ...top } = config;
  const problems: Problem[] = [];
  if (config.payload_template !== undefined && config.payload_template !== '') {
    problems.push({
      path: ['payload_template'],
      message: 'payload templates are not supported',
      hint: 'choose an encoding: json, ndjson, json_array, cloudevents, slack, otlp_json or otlp_proto',
    });
  }
  if (endpoints === undefined) return [...problems, ...checkEndpoint(top, (key) => [key])];
  const names = new Set<string>();
  for (const [index, listed] of endpoints.entries()) {
    problems.push(...checkName(listed.name, index, names));
    const own = listed as Readonly<Record<string, unknown>>;
    const at = (key: string): Path => (own[key] === undefined && key !== 'url' ? [key] : ['endpoints', index, key]);
    problems.push(...checkEndpoint({ ...top, ...withoutName(listed) } as EndpointConfig, at));
  }
  return distinct(problems);
}

/** What stands at the top would be reported once per endpoint that takes it from there. */
function distinct(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>();
  return problems.filter(({ path, message }) => {
    const key = JSON.stringify([path, message]);
    return seen.has(key) ? false : seen.add(key);
  });
}

function withoutName({ name: _name, ...rest }: ListedEndpoint): Partial<EndpointConfig> {
  return rest;
}

function checkName(name: string | undefined, index: number, names: Set<string>): Problem[] {
  const actual = name ?? `webhook-${index + 1}`;
  const path = ['endpoints', index, 'name'];
  if (!NAME.test(actual)) {
    return [{ path, message: `the name "${actual}" holds a space or a slash`, hint: 'use letters, digits and dashes' }];
  }
  if (names.has(actual))
    return [{ path, message: `the name "${actual}" is taken`, hint: 'give each endpoint its own' }];
  names.add(actual);
  return [];
}

function checkEndpoint(config: EndpointConfig, at: (key: string) => Path): Problem[] {
  const problems: Problem[] = [];
  const add = (key: string, found: Found | undefined): void => {
    if (found !== undefined) problems.push({ path: at(key), ...found });
  };
  const url = config.url !== undefined && URL.canParse(config.url) ? new URL(config.url) : undefined;
  if (url === undefined) {
    add('url', { message: 'an endpoint without URL', hint: 'set url to the http(s) address to call' });
  } else {
    add('url', checkUrl(url, config));
    add('url', warnPlainText(url, config));
  }
  const keyName = config.secrets === undefined ? 'secret' : 'secrets';
  add(keyName, checkSecrets(config));
  add('success_codes', checkSuccessCodes(config.success_codes));
  problems.push(...checkHeaders(config.headers, at('headers'), REFUSED_HEADERS));
  problems.push(...checkHeaders({ [config.signature_header]: 'x' }, at('signature_header'), REFUSED_HEADERS));
  if (config.content_type !== undefined) {
    problems.push(...checkHeaders({ 'content-type': config.content_type }, at('content_type')));
  }
  if (guarded(config) && config.proxy !== undefined && config.proxy.reveal() !== 'none') {
    add('proxy', {
      message: 'behind a proxy the addresses of endpoints cannot be checked',
      hint: 'remove the proxy, or set block_private: false',
    });
  }
  const { headers: _checked, ...rest } = config;
  for (const problem of checkHttpOptions({ ...rest, endpoint: '' }, url === undefined ? [] : [url.href])) {
    const [key, ...below] = problem.path;
    problems.push({ ...problem, path: [...at(String(key)), ...below] });
  }
  return problems;
}

function guarded(config: EndpointConfig): boolean {
  return config.block_private && (config.allow_hosts ?? []).length === 0;
}

/** The address policy of an endpoint. */
export function policyOf(config: EndpointConfig): AddressPolicy {
  return { allowHosts: config.allow_hosts ?? [], blockPrivate: config.block_private };
}

function checkUrl(url: URL, config: EndpointConfig): Found | undefined {
  const refused = refuseHost(url, policyOf(config));
  if (refused !== undefined) {
    return { message: `this host must not be called: ${refused}`, hint: 'add it to allow_hosts if it is meant' };
  }
  if (config.encoding === 'json' && /\/v1\/(logs|metrics|traces)\/?$/.test(url.pathname)) {
    return {
      message: 'an OTLP endpoint answers 200 to the json envelope and stores nothing',
      hint: 'set encoding: otlp_json or otlp_proto',
    };
  }
  return undefined;
}

function warnPlainText(url: URL, config: EndpointConfig): Found | undefined {
  const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (url.protocol !== 'http:' || loopback) return undefined;
  const credential = Object.keys(config.headers ?? {}).some((name) => name.toLowerCase() === 'authorization');
  if (!credential && url.username === '' && config.secret === undefined && config.secrets === undefined) {
    return undefined;
  }
  return {
    severity: 'warning',
    message: 'credentials or signed data travel unencrypted over http',
    hint: 'use an https URL',
  };
}

function checkSecrets(config: EndpointConfig): Found | undefined {
  if (config.signing !== 'standard_webhooks') return undefined;
  const secrets = [...(config.secret === undefined ? [] : [config.secret]), ...(config.secrets ?? [])];
  if (secrets.every((secret) => standardKey(secret.reveal()) !== undefined)) return undefined;
  return {
    message: 'not a Standard Webhooks secret: padded base64 of 24 to 64 bytes, with or without whsec_',
    hint: 'make one with: echo whsec_$(openssl rand -base64 32), or set signing: hmac_hex for free text',
  };
}

function checkSuccessCodes(codes: string): Found | undefined {
  if (parseSuccessCodes(codes) !== undefined) return undefined;
  return { message: `"${codes}" is no list of statuses`, hint: 'write 2xx, 200,202 or 200-299' };
}
