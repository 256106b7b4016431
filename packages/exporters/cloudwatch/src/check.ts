/** Rules of the configuration that a schema cannot state: what CloudWatch would refuse, said before the start. */
import { checkHeaders, checkOwnHeaders, checkUnencrypted, isOff } from '@telemetryflow/http';
import type { Problem } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import { type CloudwatchConfig, isOtlp, RETENTION_DAYS } from './config.ts';
import { literalText, MAX_NAME } from './name-template.ts';
import { environmentNamesRegion } from './region.ts';

/** Headers that the AWS SDK makes and signs; those that frame the message are refused by every exporter. */
const OWN_HEADERS: ReadonlySet<string> = new Set(['authorization', 'host', 'content-type', 'content-encoding']);
const isOwnHeader = (name: string): boolean =>
  OWN_HEADERS.has(name) || name.startsWith('x-amz-') || /^x-aws-log-(group|stream)$/.test(name);

export function check(config: CloudwatchConfig): Problem[] {
  return [
    ...names(config),
    ...credentials(config),
    ...role(config),
    ...headers(config.headers),
    ...resolutions(config.metric_resolution),
    ...retention(config),
    ...otlp(config),
  ];
}

function names(config: CloudwatchConfig): Problem[] {
  const problems: Problem[] = [];
  const bad = (key: string, message: string, hint: string): void => {
    problems.push({ path: [key], message, hint });
  };
  const { region, namespace, log_group: group, log_stream: stream } = config;
  if (region !== undefined && region !== '' && !/^[a-z0-9-]{1,63}$/.test(region)) {
    bad('region', `"${region}" is no AWS region`, 'write it as us-west-2');
  }
  if ((region ?? '') === '' && !environmentNamesRegion())
    bad('region', 'no AWS region is known', 'set region, the variable AWS_REGION, or a region in the AWS profile');
  if (namespace === '' || namespace.length > 255)
    bad('namespace', 'has not 1 to 255 characters', 'choose a short name');
  if (namespace.startsWith('AWS/')) bad('namespace', 'begins with AWS/', 'AWS keeps such names for itself');
  if (group === '' || group.length > MAX_NAME) bad('log_group', `has not 1 to ${MAX_NAME} characters`, 'name one');
  if (/[^A-Za-z0-9_\-/.#]/.test(literalText(group)))
    bad('log_group', 'holds a character that log groups cannot have', 'use letters, digits and _ - / . #');
  if (/^aws\//i.test(group)) bad('log_group', 'begins with aws/', 'AWS keeps such names for itself');
  if (stream.length > MAX_NAME) bad('log_stream', `has more than ${MAX_NAME} characters`, 'choose a shorter name');
  if (/[:*]/.test(literalText(stream))) bad('log_stream', 'holds : or *', 'log streams cannot have them');
  if (isOtlp(config, 'logs') && /[^\x20-\x7e]/.test(literalText(stream)))
    bad('log_stream', 'holds a character beyond ASCII', 'over OTLP it is a header');
  return problems;
}

function credentials(config: CloudwatchConfig): Problem[] {
  const id = (config.access_key_id ?? '') !== '';
  const secret = (config.secret_access_key?.reveal() ?? '') !== '';
  const token = (config.session_token?.reveal() ?? '') !== '';
  if (id !== secret) {
    const [missing, there] = id ? ['secret_access_key', 'access_key_id'] : ['access_key_id', 'secret_access_key'];
    return [{ path: [missing], message: `is missing beside ${there}`, hint: 'set both, or neither' }];
  }
  if (token && !id) {
    return [
      {
        path: ['session_token'],
        message: 'stands without access_key_id',
        hint: 'set access_key_id and secret_access_key',
      },
    ];
  }
  return [];
}

function role({ role_arn: arn = '', external_id: externalId = '' }: CloudwatchConfig): Problem[] {
  if (arn !== '' && !/^arn:aws[a-z-]*:iam::\d{12}:role\/[\x21-\x7e]+$/.test(arn)) {
    const hint = 'write it as arn:aws:iam::123456789012:role/name';
    return [{ path: ['role_arn'], message: `"${arn}" is no role of IAM`, hint }];
  }
  if (externalId === '') return [];
  if (arn === '') return [{ path: ['external_id'], message: 'stands without role_arn', hint: 'set role_arn' }];
  if (/^[\w+=,.@:/-]{2,1224}$/.test(externalId)) return [];
  return [{ path: ['external_id'], message: 'AWS takes 2 to 1224 letters, digits and _ + = , . @ : / -' }];
}

function headers(all: CloudwatchConfig['headers']): Problem[] {
  const own = new Set(
    Object.keys(all)
      .map((name) => name.toLowerCase())
      .filter(isOwnHeader),
  );
  const unsigned = Object.keys(all).filter((name) => /[\x80-\xff]/.test(all[name]?.reveal() ?? ''));
  return [
    ...checkOwnHeaders(all, own),
    ...checkHeaders(all),
    ...unsigned.map((name) => ({
      path: ['headers', name],
      message: `the value of header ${name} holds a character beyond ASCII`,
      hint: 'headers are signed, and characters beyond ASCII change on the way',
    })),
  ];
}

function resolutions(value: CloudwatchConfig['metric_resolution']): Problem[] {
  const all =
    typeof value === 'number' ? [[[], value] as const] : Object.entries(value).map(([k, v]) => [[k], v] as const);
  return all.flatMap(([path, seconds]) =>
    seconds === 1 || seconds === 60
      ? []
      : [
          {
            path: ['metric_resolution', ...path],
            message: `is ${seconds}`,
            hint: 'CloudWatch stores every 60 or every 1 seconds',
          },
        ],
  );
}

function retention({ retention_days: days }: CloudwatchConfig): Problem[] {
  if (days === undefined || RETENTION_DAYS.includes(days)) return [];
  const near = RETENTION_DAYS.find((allowed) => allowed > days) ?? 3653;
  return [
    { path: ['retention_days'], message: `CloudWatch Logs has no retention of ${days} days`, hint: `next is ${near}` },
  ];
}

const SIGNALS: readonly Signal[] = ['metrics', 'logs', 'traces'];

function otlp(config: CloudwatchConfig): Problem[] {
  const over = SIGNALS.filter((signal) => !isOff(config, signal) && isOtlp(config, signal));
  const beside = over.length > 0 ? [...fips(config), ...withoutEffect(config, over), ...entity(config)] : [];
  return [...bearer(config, over), ...beside];
}

/** An API key is of one service, and is all that its owner needs: it must not be read on the way. */
function bearer(config: CloudwatchConfig, over: readonly Signal[]): Problem[] {
  const { bearer_token: token, endpoint_override: endpoint = '' } = config;
  if (token === undefined || token.empty) return [];
  const path = ['bearer_token'];
  if (over.length === 0) {
    const message = 'no signal goes to an OTLP endpoint, and no other takes it';
    return [{ path, message, hint: 'set metrics_protocol or logs_protocol to otlp, or traces: true' }];
  }
  const problems = checkUnencrypted(endpoint, 'bearer_token').map(
    ({ message }): Problem => ({ path: ['endpoint_override'], message, hint: 'AWS takes it over https only' }),
  );
  if (over.length > 1) {
    problems.push({
      path,
      message: `it is for ${over.join(' and ')}, but each service of AWS has API keys of its own`,
      hint: 'write one exporter per service, as cloudwatch/logs and cloudwatch/traces',
      severity: 'warning',
    });
  }
  return problems;
}

function fips({ endpoint_override: endpoint = '' }: CloudwatchConfig): Problem[] {
  if (endpoint !== '' || process.env['AWS_USE_FIPS_ENDPOINT'] !== 'true') return [];
  return [
    {
      path: ['endpoint_override'],
      message: 'AWS_USE_FIPS_ENDPOINT is set, and the OTLP endpoints have no host for it that we know',
      hint: 'name the host, or use the protocol api',
    },
  ];
}

function entity(config: CloudwatchConfig): Problem[] {
  if (!config.entity || SIGNALS.some((signal) => !isOff(config, signal) && !isOtlp(config, signal))) return [];
  const message = 'this has no effect: every signal goes over OTLP, which carries the resource itself';
  return [{ path: ['entity'], message, hint: 'remove it', severity: 'warning' }];
}

/** OTLP carries what came as it came: what only shapes requests of the API would be silently ignored. */
function withoutEffect(config: CloudwatchConfig, over: readonly Signal[]): Problem[] {
  const { dimensions } = config;
  const of: Readonly<Record<'metrics' | 'logs', Readonly<Record<string, boolean>>>> = {
    metrics: {
      metric_resolution: config.metric_resolution !== 60,
      dimension_rollup_option: config.dimension_rollup_option !== 'none',
      histogram_mode: config.histogram_mode !== 'values',
      dimensions: dimensions.scope || dimensions.attributes !== 'all' || dimensions.max !== 30,
    },
    logs: {
      log_format: config.log_format !== 'json',
      retention_days: config.retention_days !== undefined,
      log_group_class: config.log_group_class !== undefined,
    },
  };
  return (['metrics', 'logs'] as const)
    .filter((signal) => over.includes(signal))
    .flatMap((signal) =>
      Object.keys(of[signal])
        .filter((option) => of[signal][option] === true)
        .map(
          (option): Problem => ({
            path: [option],
            message: `this has no effect on ${signal} over OTLP`,
            hint: `remove it, or set ${signal}_protocol: api`,
            severity: 'warning',
          }),
        ),
    );
}
