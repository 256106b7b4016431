/** The seam for `protocol: grpc`: what a preset needs of a gRPC transport. This package holds none. */
import type { Exporter, ExporterContext, Items, Outcome, SendOptions } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import type { HttpBody, HttpEncoder } from '../exporter.ts';
import type { OtlpConfig } from './options.ts';

/** Where and how a gRPC transport connects. */
export interface OtlpGrpcTarget {
  readonly config: OtlpConfig;
  readonly context: ExporterContext;
  /** The base endpoint, or the signal's own: gRPC has no paths. */
  readonly endpoint: string;
  /** Authentication and the user's headers, names in lower case. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A connection that sends encoded requests of one signal. */
export interface OtlpGrpcTransport {
  /** One attempt with one request that carries these items. */
  send(message: Uint8Array, items: Items, options: SendOptions): Promise<Outcome>;
  stop(): Promise<void>;
}

/** Opens a transport; called at the start of the exporter. */
export type OtlpGrpcConnect = (target: OtlpGrpcTarget) => OtlpGrpcTransport | Promise<OtlpGrpcTransport>;

/** An exporter that sends protobuf requests through a gRPC transport, loaded at start. */
export function createGrpcExporter(
  load: (() => Promise<OtlpGrpcConnect>) | undefined,
  encode: HttpEncoder<Signal>,
  target: OtlpGrpcTarget,
): Exporter<Signal, HttpBody> {
  let transport: OtlpGrpcTransport | undefined;
  return {
    encode,
    start: async () => {
      const connect = await load?.();
      transport = await connect?.(target);
    },
    stop: async () => transport?.stop(),
    send: async ({ body, items }, options) => {
      if (transport === undefined || !(body instanceof Uint8Array)) {
        throw new TypeError(`${target.context.id}: the gRPC transport has not started`);
      }
      return transport.send(body, items, options);
    },
  };
}
