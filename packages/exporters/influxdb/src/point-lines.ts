/** From a point to its lines: measurement and tags, fields, time. */
import type { DataPointRecord } from '@telemetryflow/otlp';
import type { PointLines } from './line-request.ts';
import type { PointWriter, Refusal, TaggedFields } from './schema.ts';
import type { SharedTags, TagEncoder } from './tags.ts';
import type { Timestamps } from './timestamp.ts';

/** Measurement, tags and field key together may take 65,535 bytes; the rest is for the key of the field. */
const MAX_HEAD_BYTES = 64_000;
/** Tested here for every point: by the function of metrics, which sees points of all kinds, it costs a fifth more CPU. */
const NO_RECORDED_VALUE = 1;

const NOT_RECORDED: Refusal = { reason: 'filtered', detail: 'points without a recorded value' };
const NO_NAME: Refusal = { reason: 'invalid', detail: 'metrics without a name' };
const NO_TIME: Refusal = { reason: 'invalid', detail: 'times after the year 2262' };
const NO_FIELD: Refusal = { reason: 'invalid', detail: 'points of which no field is a number' };
const TOO_LONG: Refusal = { reason: 'too_large', detail: 'measurement and tags take more than 64,000 bytes' };
const TOO_LARGE: Refusal = { reason: 'too_large', detail: 'one point takes more than max_request_bytes' };

/** Writes points; the times are those of one request after the other. */
export class PointLineWriter {
  readonly #tags: TagEncoder;
  readonly #times: Timestamps;
  readonly #maxBytes: number;

  constructor(tags: TagEncoder, times: Timestamps, maxBytes: number) {
    this.#tags = tags;
    this.#times = times;
    this.#maxBytes = maxBytes;
  }

  /** The lines of a point, or why it has none. */
  write(writer: PointWriter, shared: SharedTags, point: DataPointRecord<unknown>): PointLines | Refusal {
    if (((point.flags ?? 0) & NO_RECORDED_VALUE) !== 0 || point.value === undefined) return NOT_RECORDED;
    if (writer.measurement === '') return NO_NAME;
    const time = this.#times.text(point.endTime);
    if (time === undefined) return NO_TIME;
    const fields = writer.write(point);
    if (typeof fields !== 'string' && 'reason' in fields) return fields;
    const head = writer.measurement + this.#tags.text(shared, point.attributes, writer.keys);
    if (head.length * 3 > MAX_HEAD_BYTES && Buffer.byteLength(head) > MAX_HEAD_BYTES) return TOO_LONG;
    const several = typeof fields !== 'string';
    const text = several ? this.#several(writer, shared, point, fields, time) : `${head} ${fields} ${time}`;
    if (several ? text === '' : fields === '') return NO_FIELD;
    if (text.length * 3 > this.#maxBytes && Buffer.byteLength(text) > this.#maxBytes) return TOO_LARGE;
    const series = writer.series === '' ? head : `${writer.series} ${head}`;
    return { series, time, text, count: several ? text.split('\n').length : 1 };
  }

  #several(
    writer: PointWriter,
    shared: SharedTags,
    point: DataPointRecord<unknown>,
    lines: readonly TaggedFields[],
    time: string,
  ): string {
    const texts: string[] = [];
    for (const { tag, fields } of lines) {
      if (fields === '') continue;
      const tags = this.#tags.text(
        shared,
        tag === undefined ? point.attributes : { ...point.attributes, ...tag },
        writer.keys,
      );
      texts.push(`${writer.measurement}${tags} ${fields} ${time}`);
    }
    return texts.join('\n');
  }
}
