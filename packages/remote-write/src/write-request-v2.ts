/** `io.prometheus.write.v2.Request`: remote write 2.0 (rc.4: start times per sample). */
import type { TimeSeries } from './messages.ts';
import { writeHistogram, writeSample, writeTime, writeValue } from './sample-wire.ts';
import { type BlockCompressor, copyBlock } from './snappy.ts';
import { WireWriter } from './wire.ts';

const head = new WireWriter();
const body = new WireWriter();

/** Strings of one request by number; number 0 is the empty string. */
class Symbols {
  readonly #numbers = new Map<string, number>([['', 0]]);

  of(text: string): number {
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(text, number);
    }
    return number;
  }

  write(writer: WireWriter): void {
    for (const text of this.#numbers.keys()) writer.string(0x22, text);
  }
}

function writeReferences(tag: number, texts: readonly string[], symbols: Symbols): void {
  const start = body.beginMessage(tag);
  body.reserve(texts.length * 5);
  for (const text of texts) body.varint(symbols.of(text));
  body.endMessage(start);
}

/** The request, through `finish` (default: uncompressed). Samples of a series must be in order of time. */
export function encodeWriteRequestV2(series: Iterable<TimeSeries>, finish: BlockCompressor = copyBlock): Uint8Array {
  const symbols = new Symbols();
  body.reset();
  for (const { labels, samples, histograms, exemplars, metadata } of series) {
    const start = body.beginMessage(0x2a);
    writeReferences(0x0a, labels.labels, symbols);
    for (const sample of samples) writeSample(body, sample, 2);
    for (const histogram of histograms) writeHistogram(body, 0x1a, histogram, 2);
    for (const exemplar of exemplars) {
      const from = body.beginMessage(0x22);
      writeReferences(0x0a, exemplar.labels, symbols);
      body.reserve(32);
      writeValue(body, 0x11, exemplar.value);
      writeTime(body, 0x18, exemplar.timestampMs);
      body.endMessage(from);
    }
    if (metadata !== undefined) {
      const from = body.beginMessage(0x2a);
      body.reserve(32);
      const help = symbols.of(metadata.help);
      const unit = symbols.of(metadata.unit);
      if (metadata.type !== 0) {
        body.tag(0x08);
        body.varint(metadata.type);
      }
      if (help !== 0) {
        body.tag(0x18);
        body.varint(help);
      }
      if (unit !== 0) {
        body.tag(0x20);
        body.varint(unit);
      }
      body.endMessage(from);
    }
    body.endMessage(start);
  }
  head.reset();
  symbols.write(head);
  head.append(body);
  return finish(head.view());
}
