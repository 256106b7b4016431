/** api_v2 over gRPC, and Thrift instead where nothing answers gRPC before the first success. */
import type { HttpBody } from '@telemetryflow/http';
import {
  type Batch,
  type EncodeContext,
  type Encoded,
  type Exporter,
  type Logger,
  type Outcome,
  retry,
} from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';

/** The mode of the encoder once Thrift is spoken. */
const THRIFT = 'thrift';

/** A payload and the protocol it is encoded for. */
interface Routed {
  readonly thrift: boolean;
  readonly body: HttpBody;
}

type Instance = Exporter<Signal, HttpBody>;

/** One exporter of the two. `message` is logged once, with the answer that made it fall back. */
export function fallBack(grpc: Instance, thrift: Instance, logger: Logger, message: string): Exporter<Signal, Routed> {
  let proven = false;
  let fallen = false;

  function* encode(batch: Batch, context: EncodeContext): Generator<Encoded<Routed>> {
    const isThrift = context.mode === THRIFT;
    for (const each of (isThrift ? thrift : grpc).encode(batch, context)) {
      yield each === undefined || 'dropped' in each ? each : { ...each, body: { thrift: isThrift, body: each.body } };
    }
  }

  function judge(outcome: Outcome): Outcome {
    const again = outcome.retry;
    if (again?.reason !== 'unsupported') {
      proven ||= again === undefined;
      return outcome;
    }
    if (proven) return retry('unavailable', { detail: again.detail, afterMs: again.afterMs });
    if (!fallen) logger.warn(message, { detail: again.detail });
    fallen = true;
    return { ...retry('unsupported', { afterMs: 0, detail: again.detail }), mode: THRIFT };
  }

  return {
    encode,
    start: async () => {
      await grpc.start?.();
      await thrift.start?.();
    },
    stop: async () => {
      await grpc.stop?.();
      await thrift.stop?.();
    },
    release: ({ body: { thrift: isThrift, body }, ...payload }) =>
      (isThrift ? thrift : grpc).release?.({ ...payload, body }),
    async send(payload, options) {
      const { thrift: isThrift, body } = payload.body;
      if (isThrift) return thrift.send({ ...payload, body }, options);
      return judge(await grpc.send({ ...payload, body }, options));
    },
  };
}
