/** An HTTP exporter of this package: what differs between the ones for events, AppLogs and gateways. */
import { classify, createHttpExporter, type HttpBody, type HttpResult, type HttpTransport } from '@telemetryflow/http';
import type { Exporter, ExporterContext } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import type { ManageengineConfig } from './config.ts';

/** Shorter ones stand in ordinary words. */
const SHORTEST_SECRET = 4;

type Target = ManageengineConfig & { readonly endpoint: string };

export type HttpTarget = Omit<HttpTransport<Target>, 'url'>;

/** Sends to `url`. */
export function httpExporterTo(
  url: string,
  target: HttpTarget,
  config: ManageengineConfig,
  context: ExporterContext,
): Exporter<Signal, HttpBody> {
  const { classify: judge } = target;
  const transport: HttpTransport<Target> = {
    ...target,
    url: () => url,
    classify: (result, about) => {
      const safe = withoutSecrets(result, config);
      return typeof judge === 'function' ? judge(safe, about) : classify(safe, judge);
    },
  };
  return createHttpExporter(transport, { ...config, endpoint: url }, context);
}

/** Keys stand in URLs and bodies here, and servers repeat both in their errors. */
function withoutSecrets(result: HttpResult, { api_key: key, log_token: token }: ManageengineConfig): HttpResult {
  if (result.kind === 'failure') return result;
  const secrets = [key.reveal(), token?.reveal() ?? ''].filter((secret) => secret.length >= SHORTEST_SECRET);
  const hidden = secrets.flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams({ '': secret }).toString().slice(1),
  ]);
  const scrub = (text: string): string =>
    hidden.reduce((clean, secret) => clean.replaceAll(secret, '[REDACTED]'), result.scrub?.(text) ?? text);
  return { ...result, scrub };
}
