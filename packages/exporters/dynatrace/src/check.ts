/** Rules of the configuration that its schema cannot state. */
import { checkOwnHeaders, checkUnencrypted, hasHeader, isOff } from '@telemetryflow/http';
import type { Problem } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import { authorizationOf } from './authorization.ts';
import type { DynatraceConfig } from './config.ts';
import { apiHost, baseOf, isOneAgent, urlOf } from './endpoint.ts';

/** Set by the exporter; another value would make requests unreadable. */
const RESERVED_HEADERS: ReadonlySet<string> = new Set(['content-encoding', 'content-type']);
const SIGNALS: readonly Signal[] = ['traces', 'metrics', 'logs'];

export function checkConfig(config: DynatraceConfig): Problem[] {
  return [...checkEnvironment(config), ...checkToken(config), ...checkBodies(config)];
}

function checkEnvironment(config: DynatraceConfig): Problem[] {
  const { endpoint, environment_id: id } = config;
  const used = SIGNALS.filter((signal) => !isOff(config, signal));
  const problems: Problem[] = [];
  for (const signal of used) {
    const own = config[`${signal}_endpoint`];
    if (own !== '' && URL.canParse(own) && new URL(own).search !== '') {
      problems.push({
        path: [`${signal}_endpoint`],
        message: 'the URL has a query',
        hint: 'remove what follows the ?',
      });
    }
  }
  if (used.every((signal) => config[`${signal}_endpoint`] !== '')) return problems;
  if (endpoint === '' && (id ?? '') === '') {
    problems.push({
      path: ['endpoint'],
      message: 'nothing says which environment to send to',
      hint: 'set environment_id (SaaS), or environment_url (Managed, ActiveGate)',
    });
  }
  if (!URL.canParse(endpoint)) return problems;
  const url = new URL(endpoint);
  if (url.hostname.startsWith('.')) {
    problems.push({
      path: ['endpoint'],
      message: `the host ${url.hostname} lacks the id of the environment`,
      hint: 'the variable in it is not set; give it the id, the first part of the host your browser shows',
    });
    if (id === '') {
      problems.push({ path: ['environment_id'], message: 'it is empty', hint: 'the variable in it is not set' });
    }
  }
  if (url.search !== '' || url.hash !== '') {
    problems.push({ path: ['endpoint'], message: 'the URL has a query', hint: 'remove what follows the host' });
  }
  if (/\/api\/v2\b/.test(url.pathname)) {
    problems.push({
      path: ['endpoint'],
      message: 'the URL already names an API',
      hint: 'remove /api/v2 and all after it, or use metrics_endpoint, logs_endpoint, traces_endpoint',
    });
  }
  if (apiHost(url.hostname) !== undefined) {
    problems.push({
      path: ['endpoint'],
      severity: 'warning',
      message: `${url.hostname} is the host for browsers; data goes to ${baseOf(config)}`,
      hint: 'write that URL',
    });
  }
  return problems;
}

function checkToken(config: DynatraceConfig): Problem[] {
  const urls = SIGNALS.filter((signal) => !isOff(config, signal)).map((signal) => urlOf(config, signal));
  const remote = urls.filter((url) => !isOneAgent(url));
  const token = config.api_token?.reveal() ?? '';
  if (/[^\x21-\x7e]/.test(token)) {
    return [
      {
        path: ['api_token'],
        message: 'the token holds a blank, a line break or another character that no token has',
        hint: 'check the variable or file it comes from',
      },
    ];
  }
  if (authorizationOf(config) !== '') return checkUnencrypted(remote[0] ?? '', 'the api_token');
  if (remote.length === 0 || hasHeader(config.headers, 'authorization')) return [];
  return [
    {
      path: ['api_token'],
      message: 'Dynatrace takes nothing without a token',
      hint: 'set api_token to one with the scopes metrics.ingest, logs.ingest and openTelemetryTrace.ingest',
    },
  ];
}

function checkBodies({ compression, headers }: DynatraceConfig): Problem[] {
  const problems = checkOwnHeaders(headers, RESERVED_HEADERS);
  if (compression === 'zstd') {
    problems.push({ path: ['compression'], message: 'Dynatrace takes no zstd', hint: 'use gzip or none' });
  }
  return problems;
}
