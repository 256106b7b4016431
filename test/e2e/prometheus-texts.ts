/** Samples as texts, so that sets of them can be compared. */
import type { ExpectedSample } from './prometheus-expected.ts';
import type { Labels, StoredSeries } from './prometheus-read.ts';

/** Labels in one order, as one text. */
export const byLabels = (labels: Labels): string =>
  JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Every sample of every series. */
export const flat = (series: readonly StoredSeries[]): ExpectedSample[] =>
  series.flatMap(({ labels, samples, histograms }) => [
    ...samples.map(([ms, value]) => ({ labels, ms, value })),
    ...histograms.map(([ms, value]) => ({ labels, ms, value })),
  ]);

/** Bounds of native buckets are powers that both sides compute: equal to 12 digits; all else is equal exactly. */
const rounded = ({ labels, ms, value }: ExpectedSample): string =>
  `${byLabels(labels)} ${ms} ${
    typeof value === 'number'
      ? Object.is(value, -0)
        ? '-0'
        : value
      : JSON.stringify({
          ...value,
          buckets: value.buckets.map((b) => [b.low.toPrecision(12), b.high.toPrecision(12), b.count]),
        })
  }`;

/** Samples as sorted texts, to compare what was stored with what was sent. */
export const texts = (samples: readonly ExpectedSample[]): string[] => samples.map(rounded).sort();
