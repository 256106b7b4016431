/** `prometheus.WriteRequest`: remote write 1.0. */

import { encodeLabels } from './label-set.ts';
import type { Metadata, TimeSeries } from './messages.ts';
import { sampleLength, writeHistogram, writeSample, writeTime, writeValue } from './sample-wire.ts';
import { type BlockCompressor, copyBlock } from './snappy.ts';
import { WireWriter } from './wire.ts';

const writer = new WireWriter();

/**
 * The request, through `finish` (default: uncompressed). Samples of a series must be in order of time. Custom-bucket histograms must not be
 * among them: old receivers store them with wrong boundaries and report success.
 */
export function encodeWriteRequest(
  series: Iterable<TimeSeries>,
  metadata: Iterable<Metadata> = [],
  finish: BlockCompressor = copyBlock,
): Uint8Array {
  writer.reset();
  for (const { labels, samples, exemplars, histograms } of series) {
    const [only] = samples;
    if (only !== undefined && samples.length === 1 && exemplars.length === 0 && histograms.length === 0) {
      // The usual series: its size is known before it is written.
      const { encoded } = labels;
      const size = sampleLength(only);
      writer.reserve(encoded.length + 64);
      writer.tag(0x0a);
      writer.varint(encoded.length + 2 + size);
      writer.raw(encoded);
      writer.tag(0x12);
      writer.tag(size);
      writeValue(writer, 0x09, only.value);
      writeTime(writer, 0x10, only.timestampMs);
      continue;
    }
    const start = writer.beginMessage(0x0a);
    writer.raw(labels.encoded);
    for (const sample of samples) writeSample(writer, sample, 1);
    for (const exemplar of exemplars) {
      const from = writer.beginMessage(0x1a);
      writer.raw(encodeLabels(exemplar.labels));
      writer.reserve(32);
      writeValue(writer, 0x11, exemplar.value);
      writeTime(writer, 0x18, exemplar.timestampMs);
      writer.endMessage(from);
    }
    for (const histogram of histograms) writeHistogram(writer, 0x22, histogram, 1);
    writer.endMessage(start);
  }
  for (const { family, type, help, unit } of metadata) {
    const start = writer.beginMessage(0x1a);
    if (type !== 0) {
      writer.tag(0x08);
      writer.varint(type);
    }
    writer.string(0x12, family);
    if (help !== '') writer.string(0x22, help);
    if (unit !== '') writer.string(0x2a, unit);
    writer.endMessage(start);
  }
  return finish(writer.view());
}
