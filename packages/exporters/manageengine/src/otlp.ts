/** OTLP to Site24x7, and to the APM Insight collector of Applications Manager. */
import {
  defineOtlpExporter,
  type ItemTransform,
  type OtlpConfig,
  transformItems,
  transformResources,
  withLogFields,
} from '@telemetryflow/http';
import type { Exporter, ExporterContext, ExporterDefinition, HealthcheckResult } from '@telemetryflow/kernel';
import { type ResourceRecord, severityText, someField, withAttribute } from '@telemetryflow/otlp';
import { fallBackToPlain, GZIP_RULES } from './compression-fallback.ts';
import type { ManageengineConfig } from './config.ts';

/** The largest request is unpublished. */
const MAX_REQUEST_BYTES = 4_000_000;
/** Field numbers of LogRecord. */
const SEVERITY_NUMBER = 2;
const SEVERITY_TEXT = 3;

/** A record with a severity number and no text gets the name of the number, which is what the log search shows. */
const severityAsText: ItemTransform<'logs'> = {
  concerns(request, start, end) {
    let number = false;
    let text = false;
    someField(request, start, end, (field, _type, from, to) => {
      if (field === SEVERITY_NUMBER) number = true;
      else if (field === SEVERITY_TEXT) text = to > from;
      return false;
    });
    return number && !text;
  },
  change: (record) => {
    const text = severityText(record);
    return text === (record.severityText ?? '') ? record : withLogFields(record, { severityText: text });
  },
};

/** The resource with `monitor.group` where it has none. */
function inGroup(resource: ResourceRecord, group: string): ResourceRecord {
  if (Object.hasOwn(resource.attributes, 'monitor.group')) return resource;
  return { ...resource, attributes: withAttribute(resource.attributes, 'monitor.group', group) };
}

const otlp: ExporterDefinition = preset({});
const otlpWithGzip: ExporterDefinition = preset(GZIP_RULES);

type Settings = OtlpConfig & Pick<ManageengineConfig, 'api_key' | 'monitor_group'>;

function preset(classify: typeof GZIP_RULES): ExporterDefinition {
  return defineOtlpExporter<Settings>({
    type: 'manageengine',
    description: '',
    config: { properties: {} as never },
    headers: (config) => ({ 'api-key': config.api_key.reveal() }),
    prepare(config, signal, encode) {
      const items = signal === 'logs' ? transformItems(encode, [severityAsText]) : encode;
      const { monitor_group: group } = config;
      if (group === '') return items;
      return transformResources(items, (resource) => inGroup(resource, group));
    },
    authHint: 'api_key must be the device key or license key that APM > OpenTelemetry shows, of the same data center',
    classify,
  });
}

function settingsOf(config: ManageengineConfig, url: string): Settings {
  return {
    ...config,
    endpoint: url,
    traces_endpoint: url,
    metrics_endpoint: url,
    logs_endpoint: url,
    encoding: 'proto',
    protocol: 'http',
    max_request_bytes: MAX_REQUEST_BYTES,
  };
}

/** `url` is that of the signal. */
export function createOtlpExporter(config: ManageengineConfig, url: string, context: ExporterContext): Exporter {
  const settings = settingsOf(config, url);
  const { compression } = settings;
  const plain = otlp.create({ ...settings, compression: 'none' }, context);
  if (compression === false || compression === 'none') return plain;
  return fallBackToPlain(otlpWithGzip.create(settings, context), plain, context.logger);
}

/** An empty request: who takes it is there, and takes the key. */
export async function checkOtlpHealth(
  config: ManageengineConfig,
  url: string,
  signal: AbortSignal,
): Promise<HealthcheckResult> {
  const result = await otlp.healthcheck?.(settingsOf(config, url), { signal });
  return result ?? { ok: false, message: 'no health check' };
}
