/**
 * What an encoder needs for a batch, used again for the next one: with its memory, and because the engine drops the
 * code of objects that are gone after a garbage collection.
 */
import type { HttpEncoder } from '@telemetryflow/http';
import { type Batch, type Encoded, Refusals } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import type { Envelopes } from './envelope.ts';
import type { FieldWriter } from './fields.ts';
import { Groups } from './groups.ts';
import { type HecMessage, Requests } from './requests.ts';

/** The tools for one batch. */
export class Workbench {
  readonly groups: Groups;
  readonly requests: Requests;
  refusals: Refusals = new Refusals();

  constructor(envelopes: Envelopes, writer: FieldWriter, maxBytes: number) {
    this.groups = new Groups(envelopes, writer);
    this.requests = new Requests(maxBytes);
  }

  begin(batchId: string): this {
    this.groups.clear();
    this.requests.begin(batchId);
    this.refusals = new Refusals();
    return this;
  }
}

/** An encoder that writes a batch with what it has at hand. */
export function encoderOf<S extends Signal>(
  make: () => Workbench,
  write: (batch: Batch<S>, bench: Workbench) => Iterable<Encoded<HecMessage>>,
): HttpEncoder<S> {
  let idle: Workbench | undefined;
  return function* encode(batch, { id }) {
    // A second batch may begin before the first one ends.
    const bench = (idle ?? make()).begin(id);
    idle = undefined;
    yield* write(batch, bench);
    yield* bench.refusals.end();
    yield* bench.requests.rest();
    idle = bench;
  };
}
