/** Rules of the configuration that its schema cannot state. */
import { checkOwnHeaders } from '@telemetryflow/http';
import type { Problem } from '@telemetryflow/kernel';
import { DEFAULT_LABEL_ATTRIBUTES, isOtlp, type LokiConfig } from './config.ts';
import { isLabelName, MAX_LABELS } from './names.ts';
import { isTenant } from './tenant.ts';

/** Set by the protocol. */
const RESERVED_HEADERS: ReadonlySet<string> = new Set(['content-encoding', 'content-type']);

export function checkConfig(config: LokiConfig): Problem[] {
  return [...checkCredentials(config), ...checkTenant(config), ...checkLabels(config), ...checkBodies(config)];
}

function checkCredentials(config: LokiConfig): Problem[] {
  const problems: Problem[] = [];
  const user = config.username !== undefined && config.username !== '';
  const password = config.password !== undefined && !config.password.empty;
  if (user && !password) problems.push({ path: ['password'], message: 'there is a username without a password' });
  if (password && !user) problems.push({ path: ['username'], message: 'there is a password without a username' });
  if ((user || password) && config.bearer_token !== undefined && !config.bearer_token.empty) {
    problems.push({
      path: ['bearer_token'],
      message: 'both Basic and Bearer authentication are set',
      hint: 'keep one of them',
    });
  }
  problems.push(
    ...checkOwnHeaders(
      config.headers,
      RESERVED_HEADERS,
      () => 'remove it from `headers`; the option encoding chooses the content type',
    ),
  );
  return problems;
}

function checkTenant({ tenant_id, endpoint }: LokiConfig): Problem[] {
  const problems: Problem[] = [];
  if (tenant_id !== undefined && tenant_id !== '' && !isTenant(tenant_id)) {
    problems.push({
      path: ['tenant_id'],
      message: 'Loki takes no such tenant',
      hint: "use at most 150 letters, digits and ! - _ . * ' ( ); several tenants joined by | are for queries only",
    });
  }
  if (URL.canParse(endpoint) && new URL(endpoint).pathname.endsWith('/api/prom/push')) {
    problems.push({
      path: ['endpoint'],
      message: '/api/prom/push is the API of Loki 0.x',
      hint: 'write the URL without path, or with /loki/api/v1/push',
    });
  }
  return problems;
}

function checkLabels({ labels, label_attributes }: LokiConfig): Problem[] {
  const problems: Problem[] = [];
  for (const name of Object.keys(labels)) {
    if (isLabelName(name)) continue;
    problems.push({
      path: ['labels', name],
      message: `"${name}" is no name for a label`,
      hint: 'use letters, digits and underscores, no digit first and no two underscores first',
    });
  }
  if (Object.keys(labels).filter((name) => name !== 'service_name').length > MAX_LABELS) {
    problems.push({ path: ['labels'], message: `Loki takes at most ${MAX_LABELS} labels per stream` });
  }
  for (const [index, name] of label_attributes.entries()) {
    if (/^_*$/.test(name.replace(/[^A-Za-z0-9_]/g, '_'))) {
      problems.push({ path: ['label_attributes', index], message: `"${name}" leaves no name for a label` });
    }
  }
  return problems;
}

function checkBodies(config: LokiConfig): Problem[] {
  const problems: Problem[] = [];
  const otlp = isOtlp(config);
  if (config.compression === 'zstd' && (!otlp || config.encoding === 'json')) {
    problems.push({
      path: ['compression'],
      message: 'Loki takes no zstd in this encoding',
      hint: 'use gzip, or protocol: otlp with encoding: protobuf',
    });
  }
  if (config.max_line_bytes < 1024) {
    problems.push({ path: ['max_line_bytes'], message: 'lines need 1 KiB at least' });
  }
  if (config.max_batch_bytes < config.max_line_bytes) {
    problems.push({
      path: ['max_batch_bytes'],
      message: 'the longest line would not fit into a push',
      hint: 'set it above max_line_bytes',
    });
  }
  if (otlp) problems.push(...checkWithoutEffect(config));
  return problems;
}

/** With OTLP the server maps records: what only the push API offers would be silently ignored. */
function checkWithoutEffect(config: LokiConfig): Problem[] {
  const { level_label, clamp_future, one_stream_per_push, structured_metadata, label_attributes } = config;
  const set: Readonly<Record<string, boolean>> = {
    level_label,
    clamp_future,
    one_stream_per_push,
    structured_metadata: structured_metadata !== 'auto',
    label_attributes: label_attributes.join() !== DEFAULT_LABEL_ATTRIBUTES.join(),
  };
  return Object.keys(set)
    .filter((option) => set[option] === true)
    .map((option) => ({
      path: [option],
      message: 'this has no effect with OTLP, where the server chooses labels and metadata',
      hint: 'use protocol: push, or set limits_config.otlp_config of the server',
      severity: 'warning',
    }));
}
