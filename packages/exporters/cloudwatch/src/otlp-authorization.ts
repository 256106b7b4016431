/** What lets a request into the OTLP endpoints of AWS: a signature (SigV4) over its bytes, or an API key. */
import { otlpUrl } from '@telemetryflow/http';
import type { Signal } from '@telemetryflow/otlp';
import { openCredentials } from './client.ts';
import type { CloudwatchConfig } from './config.ts';

/** The name of each service, in its host and in the scope of a signature. */
const SERVICES: Readonly<Record<Signal, string>> = { metrics: 'monitoring', logs: 'logs', traces: 'xray' };

/** Where requests go, and the headers of one: those given, with what authorizes it. */
export interface OtlpEndpoint {
  readonly url: string;
  /** Rejects where there are no credentials. `body` as it is sent, after compression. */
  authorize(body: Uint8Array, headers: Readonly<Record<string, string>>): Promise<Readonly<Record<string, string>>>;
  close(): void;
}

/** The URL of a signal. */
export function endpointOf(config: CloudwatchConfig, signal: Signal, region: string): string {
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const base = config.endpoint_override || `https://${SERVICES[signal]}.${region}.${suffix}`;
  return otlpUrl({ endpoint: base }, signal);
}

/** Finds region and credentials as the clients of the SDK do; rejects where the region is not known. */
export async function openOtlpEndpoint(
  config: CloudwatchConfig,
  signal: Signal,
  nowMs: () => number,
): Promise<OtlpEndpoint> {
  const sdk = await openCredentials(config);
  const { region, credentials, sha256, close } = sdk;
  const url = new URL(endpointOf(config, signal, region));
  const token = config.bearer_token?.reveal() ?? '';
  if (token !== '') {
    const authorization = `Bearer ${token}`;
    return { url: url.href, authorize: async (_body, headers) => ({ ...headers, authorization }), close };
  }
  const { SignatureV4 } = await import('@smithy/signature-v4');
  const signer = new SignatureV4({ service: SERVICES[signal], region, credentials, sha256 });
  const target = {
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
  };
  return {
    url: url.href,
    async authorize(body, headers) {
      const request = { ...target, headers: { ...headers, host: url.host }, body };
      return (await signer.sign(request, { signingDate: new Date(nowMs()) })).headers;
    },
    close,
  };
}
