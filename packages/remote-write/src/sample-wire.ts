/** The parts that both protocol versions write alike: samples and native histograms. */
import { type NativeBuckets, type NativeHistogram, type Sample, STALE } from './messages.ts';
import { varintLength, type WireWriter } from './wire.ts';

/** Bytes a sample or histogram head may take at most. */
const ROOM = 48;

/** A `Sample` as field 2. Version 2.0 adds the start time (field 3). */
export function writeSample(writer: WireWriter, sample: Sample, version: 1 | 2): void {
  const start = writer.beginMessage(0x12);
  writer.reserve(ROOM);
  writeValue(writer, 0x09, sample.value);
  writeTime(writer, 0x10, sample.timestampMs);
  if (version === 2) writeTime(writer, 0x18, sample.startMs);
  writer.endMessage(start);
}

/** Bytes of a 1.0 `Sample`, without tag and length; always below 128. */
export function sampleLength(sample: Sample): number {
  const ms = sample.timestampMs;
  const time = ms === 0 ? 0 : ms < 0 ? 11 : 1 + varintLength(ms);
  return (Object.is(sample.value, 0) ? 0 : 9) + time;
}

/** A double field, left out when it is plus zero, as proto3 wants. Room already reserved. */
export function writeValue(writer: WireWriter, tag: number, value: number | typeof STALE): void {
  if (value === STALE) {
    writer.tag(tag);
    writer.stale();
  } else if (!Object.is(value, 0)) {
    writer.tag(tag);
    writer.double(value);
  }
}

/** An int64 field, left out when zero. Room already reserved. */
export function writeTime(writer: WireWriter, tag: number, ms: number): void {
  if (ms === 0) return;
  writer.tag(tag);
  writer.varint64(ms);
}

/** A `Histogram` message under the given tag: field 4 in 1.0, field 3 in 2.0. */
export function writeHistogram(writer: WireWriter, tag: number, histogram: NativeHistogram, version: 1 | 2): void {
  const start = writer.beginMessage(tag);
  writer.reserve(ROOM * 2);
  writer.tag(0x08);
  writer.varint64(histogram.stale === true ? 0 : histogram.count);
  writeValue(writer, 0x19, histogram.stale === true ? STALE : histogram.sum);
  if (histogram.stale !== true) {
    if (histogram.schema !== 0) {
      writer.tag(0x20);
      writer.signed(histogram.schema);
    }
    writeValue(writer, 0x29, histogram.zeroThreshold);
    writer.tag(0x30);
    writer.varint64(histogram.zeroCount);
    writeBuckets(writer, 0x42, 0x4a, histogram.negative);
    writeBuckets(writer, 0x5a, 0x62, histogram.positive);
  }
  writer.reserve(ROOM);
  writeTime(writer, 0x78, histogram.timestampMs);
  if (version === 2) {
    if (histogram.stale !== true && histogram.customValues !== undefined) {
      writer.reserve(histogram.customValues.length * 8 + 12);
      writer.longTag(16, 2);
      writer.varint(histogram.customValues.length * 8);
      for (const bound of histogram.customValues) writer.double(bound);
    }
    if (histogram.startMs !== 0) {
      writer.reserve(ROOM);
      writer.longTag(17, 0);
      writer.varint64(histogram.startMs);
    }
  }
  writer.endMessage(start);
}

function writeBuckets(writer: WireWriter, spanTag: number, deltaTag: number, buckets: NativeBuckets): void {
  const { spans, deltas } = buckets;
  for (let i = 0; i + 1 < spans.length; i += 2) {
    const start = writer.beginMessage(spanTag);
    writer.reserve(24);
    const offset = spans[i] ?? 0;
    if (offset !== 0) {
      writer.tag(0x08);
      writer.signed(offset);
    }
    writer.tag(0x10);
    writer.varint(spans[i + 1] ?? 0);
    writer.endMessage(start);
  }
  if (deltas.length === 0) return;
  const start = writer.beginMessage(deltaTag);
  for (const delta of deltas) {
    writer.reserve(10);
    writer.signed(delta);
  }
  writer.endMessage(start);
}
