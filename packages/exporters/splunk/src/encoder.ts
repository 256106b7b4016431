/** What the encoders of all signals have in common. */
import type { HttpEncoder } from '@telemetryflow/http';
import { type Batch, type Encoded, Refusals } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import type { SplunkConfig } from './config.ts';
import type { Envelopes } from './envelope.ts';
import type { FieldWriter } from './fields.ts';
import { Groups } from './groups.ts';
import { type HecMessage, Requests } from './requests.ts';

/** What a batch is written with. */
interface Tools {
  readonly groups: Groups;
  readonly requests: Requests;
  readonly refusals: Refusals;
}

/**
 * An encoder of which `write` is the part that is about its signal. Groups and requests serve batch after batch, with
 * their memory, and because the engine drops the code of objects that are gone after a garbage collection.
 */
export function encoderOf<S extends Signal>(
  { max_content_length: maxBytes }: SplunkConfig,
  envelopes: Envelopes,
  writer: FieldWriter,
  write: (batch: Batch<S>, tools: Tools) => Iterable<Encoded<HecMessage>>,
): HttpEncoder<S> {
  let idle: Omit<Tools, 'refusals'> | undefined;
  return function* encode(batch, { id }) {
    // A second batch may begin before the first one ends.
    const kept = idle ?? { groups: new Groups(envelopes, writer), requests: new Requests(maxBytes) };
    idle = undefined;
    kept.groups.clear();
    kept.requests.begin(id);
    const refusals = new Refusals();
    yield* write(batch, { ...kept, refusals });
    yield* refusals.end();
    yield* kept.requests.rest();
    idle = kept;
  };
}
