/**
 * The environment variables of the OpenTelemetry specification as a configuration. Pure: nothing is read but what is
 * handed in. https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
import type { Signal } from '@telemetryflow/otlp';
import type { Converted, Unconverted } from './converted.ts';
import type { Variables } from './environment.ts';
import { milliseconds } from './environment.ts';
import { type Block, ExporterBlocks, keyValueList, settings } from './exporter-blocks.ts';

const SIGNALS: readonly Signal[] = ['traces', 'metrics', 'logs'];
const PROTOCOLS: readonly string[] = ['http/protobuf', 'http/json', 'grpc'];
/** Variables that ask for what the pipeline decides by itself or has no counterpart for. */
const NO_COUNTERPART = /^OTEL_(BSP|BLRP|EXPORTER_(ZIPKIN|JAEGER|PROMETHEUS))_|_DEFAULT_HISTOGRAM_AGGREGATION$/;

/**
 * The configuration that `process.env`, or these variables, ask for.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { configFromEnv, type Variables } from '@telemetryflow/sdk';
 *
 * const variables: Variables = {
 *   OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otlp.example.com',
 *   OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=shop',
 *   OTEL_BSP_SCHEDULE_DELAY: '500',
 * };
 * const { config, unconverted } = configFromEnv(variables);
 * assert.deepEqual(config['exporters'], {
 *   otlp_http: { endpoint: 'https://otlp.example.com', headers: { 'x-tenant': 'shop' } },
 * });
 * assert.deepEqual(
 *   unconverted.map(({ path }) => path),
 *   ['OTEL_BSP_SCHEDULE_DELAY'],
 * );
 * ```
 */
export function configFromEnv(variables: Variables = process.env): Converted {
  const blocks = new ExporterBlocks();
  const unconverted: Unconverted[] = [];
  for (const signal of SIGNALS) {
    const name = `OTEL_${signal.toUpperCase()}_EXPORTER`;
    for (const exporter of listed(variables[name] ?? 'otlp')) {
      if (exporter === 'none') continue;
      if (exporter === 'otlp') addOtlp(blocks, signal, variables, unconverted);
      else if (exporter === 'console') blocks.add('debug', {}, signal);
      else
        unconverted.push({
          path: name,
          reason: `there is no exporter "${exporter}"; otlp, console and none are known`,
        });
    }
  }
  for (const name of Object.keys(variables)) {
    if (NO_COUNTERPART.test(name) && variables[name] !== '') {
      unconverted.push({ path: name, reason: 'it has no counterpart; write a configuration for what it asks' });
    }
  }
  return { config: blocks.config(resourceSettings(variables)), options: {}, disabled: false, unconverted };
}

function addOtlp(blocks: ExporterBlocks, signal: Signal, variables: Variables, unconverted: Unconverted[]): void {
  const own = (name: string): string | undefined =>
    set(variables[`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${name}`]);
  const shared = (name: string): string | undefined => set(variables[`OTEL_EXPORTER_OTLP_${name}`]);
  const either = (name: string): string | undefined => own(name) ?? shared(name);
  const wanted = either('PROTOCOL') ?? 'http/protobuf';
  if (!PROTOCOLS.includes(wanted)) {
    const reason = `the protocol is one of ${PROTOCOLS.join(', ')}, not "${wanted}"; http/protobuf is taken`;
    unconverted.push({ path: 'OTEL_EXPORTER_OTLP_PROTOCOL', reason });
  }
  const common = {
    timeout: duration(milliseconds(either('TIMEOUT'))),
    compression: either('COMPRESSION'),
    headers: { ...keyValueList(shared('HEADERS')), ...keyValueList(own('HEADERS')) },
  };
  const tls = settings({
    ca_file: either('CERTIFICATE'),
    cert_file: either('CLIENT_CERTIFICATE'),
    key_file: either('CLIENT_KEY'),
  });
  if (wanted === 'grpc') {
    const endpoint = either('ENDPOINT') ?? 'http://localhost:4317';
    // Only where the endpoint itself does not say, by http:// or https://.
    const insecure = either('INSECURE')?.toLowerCase() === 'true' && !/^https?:/.test(endpoint);
    const grpcTls = insecure ? { ...tls, insecure } : tls;
    blocks.add('otlp_grpc', settings({ endpoint, ...common, tls: grpcTls }), signal);
  } else {
    const encoding = wanted === 'http/json' ? 'json' : undefined;
    blocks.add('otlp_http', settings({ ...httpEndpoint(own, shared, signal), ...common, encoding, tls }), signal);
  }
}

type Lookup = (name: string) => string | undefined;

/** The endpoint of one signal is a whole URL, the shared one a base. */
function httpEndpoint(own: Lookup, shared: Lookup, signal: Signal): Block {
  const url = own('ENDPOINT');
  if (url !== undefined) return { [`${signal}_endpoint`]: url };
  return { endpoint: shared('ENDPOINT') ?? 'http://localhost:4318' };
}

/** Service name and resource attributes fill what the telemetry has none of. */
function resourceSettings(variables: Variables): Block {
  const { 'service.name': named, ...tags } = keyValueList(variables['OTEL_RESOURCE_ATTRIBUTES']);
  return settings({ service_name: set(variables['OTEL_SERVICE_NAME']) ?? named, tags });
}

function listed(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  const some = names.filter((name) => name !== '');
  return some.length === 0 ? ['otlp'] : [...new Set(some)];
}

/** An empty variable counts as not set. */
function set(text: string | undefined): string | undefined {
  const trimmed = text?.trim();
  return trimmed === '' ? undefined : trimmed;
}

function duration(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : `${ms}ms`;
}
