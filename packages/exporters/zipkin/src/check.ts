/** Rules of the configuration that its schema cannot state. */
import { checkOwnHeaders, checkUnencrypted } from '@telemetryflow/http';
import type { Problem } from '@telemetryflow/kernel';
import type { ZipkinConfig } from './config.ts';
import { addressOf } from './endpoint.ts';

/** Set by the protocol. */
const RESERVED_HEADERS: ReadonlySet<string> = new Set(['content-encoding', 'content-type']);

export function checkConfig(config: ZipkinConfig): Problem[] {
  return [...checkEndpoint(config), ...checkCredentials(config), ...checkRequests(config)];
}

function checkEndpoint({ endpoint, local_endpoint: local }: ZipkinConfig): Problem[] {
  const problems: Problem[] = [];
  const path = URL.canParse(endpoint) ? new URL(endpoint).pathname : '';
  if (/\/api\/v2\/spans\/api\/v2\/spans\/?$/.test(path)) {
    problems.push({ path: ['endpoint'], message: 'the path /api/v2/spans stands there twice', hint: 'remove one' });
  } else if (/\/api\/v1\/spans\/?$/.test(path)) {
    problems.push({ path: ['endpoint'], message: '/api/v1/spans is the API of Zipkin 1', hint: 'use /api/v2/spans' });
  }
  if (local && addressOf(local) === undefined) {
    problems.push({
      path: ['local_endpoint'],
      message: `"${local}" is no IP address with an optional port`,
      hint: 'write 10.0.0.1, 10.0.0.1:8080 or [2001:db8::1]:8080',
    });
  }
  return problems;
}

function checkCredentials({ endpoint, username, password, headers = {} }: ZipkinConfig): Problem[] {
  const problems: Problem[] = [];
  const hasPassword = password !== undefined && !password.empty;
  if (username && !hasPassword) {
    problems.push({ path: ['password'], message: 'there is a username without a password' });
  }
  if (hasPassword && !username) {
    problems.push({ path: ['username'], message: 'there is a password without a username' });
  }
  if (hasPassword) problems.push(...checkUnencrypted(endpoint, 'the password'));
  problems.push(
    ...checkOwnHeaders(
      headers,
      RESERVED_HEADERS,
      () => 'remove it from `headers`; the option format chooses the content type',
    ),
  );
  return problems;
}

function checkRequests(config: ZipkinConfig): Problem[] {
  const problems: Problem[] = [];
  if (config.compression === 'zstd') {
    problems.push({ path: ['compression'], message: 'Zipkin takes no zstd', hint: 'use gzip or none' });
  }
  if (config.max_request_bytes < 1024) {
    problems.push({ path: ['max_request_bytes'], message: 'requests need 1 KiB at least' });
  }
  return problems;
}
