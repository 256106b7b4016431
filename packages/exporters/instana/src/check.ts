/** Rules of the configuration that its schema cannot state. */
import { checkHttpOptions, checkOwnHeaders, checkUnencrypted, hasHeader } from '@telemetryflow/http';
import type { Problem } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import type { InstanaConfig } from './config.ts';
import { isAgentUrl, isForBrowsers, isGrpc, looksLikeUnit, nativeUrl } from './endpoint.ts';
import { isOtlpPath, otlpBase, signalsOf, type Target, targetOf } from './target.ts';

/** Set by the exporter; another value would make requests unreadable. */
const RESERVED_HEADERS: ReadonlySet<string> = new Set(['content-encoding', 'content-type']);
const ACCEPTOR = 'https://serverless-COLOR-saas.instana.io';
const UNITS = 'the colour is that of your region: blue, red, green, orange and others';

type Targets = readonly (readonly [Signal, Target])[];

export function checkConfig(config: InstanaConfig): Problem[] {
  const targets = signalsOf(config).map((signal) => [signal, targetOf(config, signal)] as const);
  return [
    ...checkEndpoint(config),
    ...checkTargets(config, targets),
    ...checkOtlp(config, targets),
    ...checkKey(config, targets),
    ...checkEvents(config),
    ...checkRequests(config),
    ...checkHttpOptions(
      config,
      targets.map(([, { url }]) => url).filter((url) => url !== ''),
    ),
  ];
}

function checkEndpoint({ endpoint }: InstanaConfig): Problem[] {
  if (!URL.canParse(endpoint)) return [];
  const { hostname, pathname, search } = new URL(endpoint);
  const path = ['endpoint'];
  const hint = `use ${ACCEPTOR}; ${UNITS}`;
  if (isForBrowsers(endpoint)) return [{ path, message: `${hostname} takes the data of browsers only`, hint }];
  if (search !== '') return [{ path, message: 'the URL has a query', hint: 'remove what follows the ?' }];
  if (/\/(traces|metrics|logs|bundle|events)\/?$/.test(pathname)) {
    return [{ path, message: 'the URL already names an API', hint: `remove ${pathname}; the exporter adds the path` }];
  }
  if (looksLikeUnit(endpoint)) {
    const message = `${hostname} looks like the host of the user interface, which takes no telemetry`;
    return [{ path, severity: 'warning', message, hint }];
  }
  if (!hostname.startsWith('ingress-')) return [];
  return [
    {
      path,
      severity: 'warning',
      message: `${hostname} takes data of agents only; spans go to ${nativeUrl(endpoint, 'traces')}`,
      hint: `use ${ACCEPTOR}`,
    },
  ];
}

/** Every signal has a place to go to, or the start does not fail for the others. */
function checkTargets(config: InstanaConfig, targets: Targets): Problem[] {
  const problems: Problem[] = [];
  const lost = targets.filter(([, { route }]) => route === 'none').map(([signal]) => signal);
  if (config.endpoint === '' && lost.length > 0) {
    problems.push({
      path: ['endpoint'],
      message: `nothing says where to send ${lost.join(', ')}`,
      hint: `set endpoint_url to ${ACCEPTOR}; ${UNITS}`,
    });
  } else if (lost.includes('logs') && config.logs_mode === 'events') {
    problems.push({
      path: ['logs_mode'],
      message: 'only a host agent takes events',
      hint: 'set agent_url to http://HOST:42699, or logs_mode: otlp',
    });
  } else if (lost.includes('metrics') && config.metrics_format === 'plugins') {
    problems.push({
      path: ['metrics_format'],
      message: `${config.endpoint} is no serverless acceptor, and nothing else takes plugins`,
      hint: 'remove metrics_format, or set metrics_endpoint',
    });
  } else if (lost.length > 0) {
    problems.push({
      path: ['otlp_endpoint'],
      severity: 'warning',
      message: `${lost.join(' and ')} will be dropped: no OTLP acceptor is known to belong to ${config.endpoint}`,
      hint: `set instana.otlp_endpoint, or ${lost.map((signal) => `${signal}: false`).join(' and ')}`,
    });
  }
  const { protocol, traces_endpoint: own, metrics_endpoint: metrics, metrics_format: format } = config;
  if (format === 'plugins' && metrics !== '' && (isOtlpPath(metrics) || !/\/metrics\/?$/.test(metrics))) {
    problems.push({
      path: ['metrics_endpoint'],
      message: 'the path of the URL does not belong to metrics_format: plugins',
      hint: 'remove metrics_format, or let the URL end in /metrics without /v1',
    });
  }
  if (own !== '' && protocol !== 'auto' && (protocol === 'otlp') !== isOtlpPath(own)) {
    problems.push({
      path: ['traces_endpoint'],
      message: `the path of the URL does not belong to protocol: ${protocol}`,
      hint: 'remove protocol; a URL that ends in /v1/traces gets OTLP, any other spans in the format of Instana',
    });
  }
  return problems;
}

function checkOtlp(config: InstanaConfig, targets: Targets): Problem[] {
  const problems: Problem[] = [];
  const path = [config.otlp_endpoint === '' ? 'endpoint' : 'otlp_endpoint'];
  const base = otlpBase(config);
  if (base === undefined || !targets.some(([, { route }]) => route === 'otlp')) return problems;
  if (isGrpc(base.url)) {
    problems.push({
      path,
      message: `${base.url} is the address for OTLP over gRPC; this exporter speaks HTTP`,
      hint: 'use port 4318, or the host otlp-http-COLOR-saas.instana.io',
    });
  } else if (/\/v1(\/(traces|metrics|logs))?$/.test(base.url)) {
    problems.push({ path, message: 'the URL already names an API', hint: 'remove /v1 and what follows' });
  }
  if (targets.some(([, { guessed }]) => guessed)) {
    problems.push({
      path,
      severity: 'warning',
      message: `the OTLP acceptor is guessed from the region: ${base.url}`,
      hint: 'set instana.otlp_endpoint to the one of your unit',
    });
  }
  return problems;
}

function checkKey(config: InstanaConfig, targets: Targets): Problem[] {
  const key = config.agent_key?.reveal() ?? '';
  if (/[^\x21-\x7e]/.test(key)) {
    return [
      {
        path: ['agent_key'],
        message: 'the key holds a blank, a line break or another character that no key has',
        hint: 'check the variable or file it comes from',
      },
    ];
  }
  const urls = targets.flatMap(([, { route, url }]) => (route === 'events' || isAgentUrl(url) ? [] : url));
  const remote = urls.find((url) => url !== '');
  if (key !== '') return checkUnencrypted(urls.find((url) => url.startsWith('http:')) ?? '', 'the agent key');
  if (remote === undefined || hasHeader(config.headers, 'x-instana-key')) return [];
  return [
    {
      path: ['agent_key'],
      message: 'Instana takes nothing without an agent key',
      hint: 'set agent_key; it stands in the user interface under Settings, Agent keys',
    },
  ];
}

function checkEvents({ logs_mode: mode, agent_url: agent, events_endpoint: own }: InstanaConfig): Problem[] {
  if (mode === 'events' || (agent === '' && own === '')) return [];
  return [
    {
      path: [agent === '' ? 'events_endpoint' : 'agent_url'],
      severity: 'warning',
      message: `no events are sent with logs_mode: ${mode}`,
      hint: 'set logs_mode: events, or remove it',
    },
  ];
}

function checkRequests({ headers, compression }: InstanaConfig): Problem[] {
  const problems = checkOwnHeaders(headers, RESERVED_HEADERS);
  if (compression === 'zstd') {
    problems.push({ path: ['compression'], message: 'Instana takes no zstd', hint: 'use gzip or none' });
  }
  return problems;
}
