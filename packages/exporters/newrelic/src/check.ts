/** Rules of the configuration that its schema cannot state. */
import { checkOwnHeaders, checkUnencrypted } from '@telemetryflow/http';
import type { Problem } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import type { NewrelicConfig } from './config.ts';
import { regionNamed, regionOfKey } from './region.ts';
import { keyOf, protocolOfPath, regionOf, targetOf } from './target.ts';

const KEY_LENGTH = 40;
const SIGNALS: readonly Signal[] = ['traces', 'metrics', 'logs'];
/** Set by the exporter; another value would send the data elsewhere, or make it unreadable. */
const RESERVED_HEADERS: ReadonlySet<string> = new Set([
  'api-key',
  'content-encoding',
  'content-type',
  'data-format',
  'data-format-version',
]);

export function checkConfig(config: NewrelicConfig): Problem[] {
  return [...checkKey(config), ...checkRegion(config), ...checkEndpoints(config), ...checkRequests(config)];
}

function checkKey(config: NewrelicConfig): Problem[] {
  const found = keyOf(config);
  if (found === undefined) {
    return [
      {
        path: ['license_key'],
        message: 'New Relic takes nothing without a license key',
        hint: 'set license_key to an ingest license key (user menu, API keys, type INGEST - LICENSE)',
      },
    ];
  }
  const problems: Problem[] = [];
  if (found.insertKey) {
    problems.push({
      path: ['insights_insert_key'],
      severity: 'warning',
      message: 'there is only an old insert key: data goes to the JSON APIs, unless protocol says otherwise',
      hint: 'create an ingest license key and set license_key',
    });
  } else if (found.key.length < KEY_LENGTH) {
    problems.push({
      path: [config.license_key === undefined || config.license_key.empty ? 'api_key' : 'license_key'],
      severity: 'warning',
      message: `the key has ${found.key.length} characters, license keys have ${KEY_LENGTH}`,
      hint: 'check that it is a license key, not the id of one',
    });
  }
  return problems;
}

function checkRegion(config: NewrelicConfig): Problem[] {
  const { region } = config;
  if (region === undefined || region === '') return [];
  const named = regionNamed(region);
  if (named === undefined) {
    return [{ path: ['region'], message: `there is no region ${region}`, hint: 'use US, EU, GOV or JP' }];
  }
  const ofKey = regionOfKey(keyOf(config)?.key ?? '');
  if (ofKey === undefined || ofKey === named || config.endpoint !== '') return [];
  return [
    {
      path: ['region'],
      severity: 'warning',
      message: `the key belongs to the region ${ofKey}: ${named} will answer 403`,
      hint: `set region: ${ofKey}`,
    },
  ];
}

function checkEndpoints(config: NewrelicConfig): Problem[] {
  const problems: Problem[] = [];
  for (const signal of SIGNALS) {
    const { protocol, url } = targetOf(config, signal);
    const path = config[`${signal}_endpoint`] === '' ? 'endpoint' : `${signal}_endpoint`;
    const named = config[`${signal}_protocol`];
    if (url === '' && config[signal as keyof NewrelicConfig] !== false) {
      problems.push({
        path: [`${signal}_endpoint`],
        message: `the region ${regionOf(config)} has no known API for ${signal}`,
        hint: `use protocol: otlp, or name the full URL in ${signal}_endpoint`,
      });
    } else if (named !== undefined && named !== protocol) {
      problems.push({
        path: [`${signal}_protocol`],
        message: `the path of ${signal}_endpoint belongs to the protocol ${protocolOfPath(url)}`,
        hint: `remove ${signal}_protocol`,
      });
    }
    if (problems.some((problem) => problem.path[0] === path)) continue;
    for (const problem of checkUnencrypted(url, 'the license key')) problems.push({ ...problem, path: [path] });
  }
  return problems;
}

function checkRequests(config: NewrelicConfig): Problem[] {
  const problems: Problem[] = [];
  problems.push(
    ...checkOwnHeaders(
      config.headers,
      RESERVED_HEADERS,
      () => 'remove it from `headers`; keys belong into license_key',
    ),
  );
  if (config.max_request_bytes < 100_000) {
    problems.push({ path: ['max_request_bytes'], message: 'requests need 100 kB at least' });
  }
  if (config.compression === 'zstd' && SIGNALS.some((signal) => targetOf(config, signal).protocol === 'api')) {
    problems.push({
      path: ['compression'],
      severity: 'warning',
      message: "New Relic's own APIs take no zstd: they get gzip",
      hint: 'use protocol: otlp for zstd',
    });
  }
  return problems;
}
