/** Series and sketches read by protobufjs, from the messages of Datadog's own repository. */
import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';

const schema = readFileSync(new URL('../testdata/agent-payload.proto', import.meta.url), 'utf8');
const { root } = protobuf.parse(schema, { keepCase: true });

/** A message as plain JSON; throws when its canonical encoding is not the very same bytes. */
export function readPayload(name: 'MetricPayload' | 'SketchPayload', bytes: Uint8Array): unknown {
  const type = root.lookupType(`datadog.agentpayload.${name}`);
  const message = type.decode(bytes);
  if (!Buffer.from(type.encode(message).finish()).equals(Buffer.from(bytes))) {
    throw new Error('encoding what was read gives other bytes');
  }
  return type.toObject(message, { longs: Number });
}

export interface ReadSeries {
  readonly metric: string;
  readonly type: number;
  readonly points: readonly { readonly value: number; readonly timestamp: number }[];
  readonly tags?: readonly string[];
  readonly resources?: readonly { readonly type: string; readonly name: string }[];
  readonly unit?: string;
  readonly interval?: number;
}
export interface ReadSketch {
  readonly metric: string;
  readonly host?: string;
  readonly tags?: readonly string[];
  readonly dogsketches: readonly {
    readonly ts: number;
    readonly cnt: number;
    readonly min: number;
    readonly max: number;
    readonly avg: number;
    readonly sum: number;
    readonly k: readonly number[];
    readonly n: readonly number[];
  }[];
}

export function readSeries(bytes: Uint8Array): readonly ReadSeries[] {
  return (readPayload('MetricPayload', bytes) as { series: ReadSeries[] }).series;
}

export function readSketches(bytes: Uint8Array): readonly ReadSketch[] {
  return (readPayload('SketchPayload', bytes) as { sketches: ReadSketch[] }).sketches;
}
