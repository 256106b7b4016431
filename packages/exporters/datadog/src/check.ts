/** Rules of the configuration that its schema cannot state. */
import { checkOwnHeaders, checkUnencrypted } from '@telemetryflow/http';
import type { Problem } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import type { DatadogConfig } from './config.ts';
import { configuredProtocol, destinationOf, isAgent, protocolOfPath } from './destination.ts';
import { SITES, siteDomain } from './sites.ts';

const SIGNALS: readonly Signal[] = ['metrics', 'logs', 'traces'];

/** Set by the exporter itself. */
const RESERVED_HEADERS: ReadonlySet<string> = new Set([
  'dd-api-key',
  'content-type',
  'content-encoding',
  'dd-agent-payload',
]);

export function checkConfig(config: DatadogConfig): Problem[] {
  return [
    ...checkSite(config),
    ...checkKey(config),
    ...checkEndpoints(config),
    ...checkOwnHeaders(config.headers, RESERVED_HEADERS, (name) =>
      name === 'dd-api-key' ? 'set api_key instead' : undefined,
    ),
    ...checkUnsupported(config),
  ];
}

function checkSite({ site, endpoint }: DatadogConfig): Problem[] {
  if (endpoint !== '' || siteDomain(site) !== undefined) return [];
  return [
    {
      path: ['site'],
      message: `"${site}" is no site of Datadog`,
      hint: `use one of ${SITES.join(', ')}, or the domain of the site as datadoghq.eu`,
    },
  ];
}

function checkKey({ api_key: secret }: DatadogConfig): Problem[] {
  const key = secret.reveal();
  if (!/^[\x21-\x7e]+$/.test(key)) {
    return [
      {
        path: ['api_key'],
        message: key === '' ? 'the API key is empty' : 'the API key holds a character that no key has',
        hint: 'check the variable or file it comes from (often a trailing newline)',
      },
    ];
  }
  if (/^[0-9a-f]{32}$/i.test(key)) return [];
  return [
    {
      path: ['api_key'],
      severity: 'warning',
      message: 'the API key does not look like one of Datadog',
      hint: 'keys have 32 hex digits; an application key has 40 and is not accepted for sending',
    },
  ];
}

function checkEndpoints(config: DatadogConfig): Problem[] {
  const problems: Problem[] = [];
  for (const signal of SIGNALS) {
    const key = `${signal}_endpoint` as const;
    const own = config[key] ?? '';
    const wanted = configuredProtocol(config, signal);
    if (signal === 'traces' && wanted === 'api') {
      problems.push({
        path: ['traces', 'protocol'],
        message: 'Datadog has no public API for traces',
        hint: 'use otlp, agent or agent_v04',
      });
    }
    if (own === '' || !URL.canParse(own)) continue;
    const { pathname } = new URL(own);
    const spoken = protocolOfPath(pathname, signal);
    if (spoken === undefined) {
      problems.push({
        path: [key],
        message: pathname.endsWith('/api/v0.2/traces')
          ? '/api/v0.2/traces is the intake of the Agent alone, and not supported'
          : `the path ${pathname} is no intake for ${signal}`,
        hint: `end it in /v1/${signal} for OTLP${API_HINTS[signal]}`,
      });
    } else if (wanted !== undefined && spoken !== (wanted === 'agent' ? 'otlp' : wanted)) {
      problems.push({
        path: [key],
        message: `the path ${pathname} does not speak the protocol ${wanted}`,
        hint: 'remove the protocol, or change the path',
      });
    }
  }
  return [...problems, ...checkPlainText(config)];
}

const API_HINTS: Readonly<Record<Signal, string>> = {
  metrics: ', or in /api/v2/series',
  logs: ', or in /api/v2/logs',
  traces: ", or in /v0.4/traces for an Agent's own intake",
};

function checkPlainText(config: DatadogConfig): Problem[] {
  for (const signal of SIGNALS) {
    const { url, protocol } = destinationOf(config, signal);
    if (isAgent(protocol)) continue;
    const own = (config[`${signal}_endpoint`] ?? '') !== '';
    const [problem] = checkUnencrypted(url, 'the API key');
    if (problem !== undefined) return [{ ...problem, path: [own ? `${signal}_endpoint` : 'endpoint'] }];
  }
  return [];
}

function checkUnsupported({ profiling }: DatadogConfig): Problem[] {
  const on =
    profiling === true ||
    (typeof profiling === 'object' && (profiling as { enabled?: unknown } | null)?.enabled === true);
  if (!on) return [];
  return [
    {
      path: ['profiling'],
      severity: 'warning',
      message: 'profiles are not supported; nothing of them is sent',
      hint: 'remove it, or run the profiler of dd-trace beside this pipeline',
    },
  ];
}
