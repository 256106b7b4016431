/** One instance for a signal that goes to an OTLP endpoint of AWS. */
import { createHttpClient } from '@telemetryflow/http';
import { type Exporter, type ExporterContext, type Outcome, type Payload, retry } from '@telemetryflow/kernel';
import { compressed } from './aws-call.ts';
import { describe } from './classify.ts';
import { classifyAnswer } from './classify-otlp.ts';
import { plainHeaders } from './client.ts';
import type { CloudwatchConfig } from './config.ts';
import { type OtlpMessage, otlpEncoder } from './encode-otlp.ts';
import { type OtlpEndpoint, openOtlpEndpoint } from './otlp-authorization.ts';
import { SecretScrubber } from './secret-scrubber.ts';
import { MAX_DETAIL } from './send-metrics.ts';

/** `hostname` names the log stream where the configuration names none. */
export function otlpExporter(config: CloudwatchConfig, context: ExporterContext, hostname: string): Exporter {
  const { dataSignal, clock } = context;
  const client = createHttpClient();
  const own = { ...plainHeaders(config), 'content-type': 'application/x-protobuf' };
  const secrets = new SecretScrubber(config);
  let endpoint: OtlpEndpoint | undefined;
  return {
    encode: otlpEncoder(config, dataSignal, hostname),
    async start() {
      endpoint ??= await openOtlpEndpoint(config, dataSignal, () => clock.now());
      await client.start([endpoint.url]);
    },
    async stop() {
      endpoint?.close();
      client.close();
    },
    async send(payload, { signal }): Promise<Outcome> {
      if (endpoint === undefined) throw new Error('the exporter sends before it was started');
      const { body: message, items } = payload as Payload<OtlpMessage>;
      const { body, headers: encoding } = await compressed(message.body);
      let headers: Readonly<Record<string, string>>;
      try {
        const all = { ...own, ...message.headers, ...encoding };
        headers = await unlessAborted(endpoint.authorize(body, all), signal);
      } catch (error) {
        if (signal.aborted) throw error;
        const { name, message: text } = describe(error);
        return retry('auth', { detail: secrets.scrub(`${name}: ${text}`).slice(0, MAX_DETAIL) });
      }
      const result = await client.request({ url: endpoint.url, headers, body, signal });
      return classifyAnswer(result, { signal: dataSignal, items });
    },
  };
}

/** The search for credentials cannot be told to stop: it is left alone when the attempt is over. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const over = Promise.withResolvers<never>();
  const abort = (): void => over.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([work, over.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
