/** What the kernel hands to an exporter, for tests that drive one directly. */
import { createNoopMeter } from '@opentelemetry/api';
import type { EncodeContext, Encoded, ExporterContext, Payload, SendOptions } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';

export function exporterContext(dataSignal: Signal, id = 'test'): ExporterContext {
  const silent = (): void => {};
  return {
    id,
    dataSignal,
    logger: { error: silent, warn: silent, info: silent, debug: silent },
    clock: {
      now: () => 0,
      monotonic: () => 0,
      setTimeout: () => ({ cancel: silent }),
      setInterval: () => ({ cancel: silent }),
    },
    meter: createNoopMeter(),
    status: { ok: silent, recoverable: silent, permanent: silent },
    signal: new AbortController().signal,
    extension: () => undefined,
  };
}

export const encodeContext: EncodeContext = { now: 1_795_341_600_000, id: 'batch-1', mode: undefined };

export function sendOptions(): SendOptions {
  return { signal: AbortSignal.timeout(3000), attempt: 1 };
}

/** The payloads among what `encode` yielded. */
export function payloads<B>(encoded: Iterable<Encoded<B>>): Payload<B>[] {
  return [...encoded].filter((each): each is Payload<B> => each !== undefined && 'items' in each);
}
