/** Reads what a Prometheus stored, by its HTTP API. */

export type Labels = Readonly<Record<string, string>>;

/** One bucket of a native histogram. */
export interface StoredBucket {
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/** Samples of one series, by time in ms. */
export interface StoredSeries {
  readonly labels: Labels;
  readonly samples: readonly (readonly [ms: number, value: number])[];
  readonly histograms: readonly (readonly [
    ms: number,
    { readonly count: number; readonly sum: number; readonly buckets: readonly StoredBucket[] },
  ])[];
}

interface ApiSeries {
  readonly metric: Labels;
  readonly values?: readonly (readonly [number, string])[];
  readonly value?: readonly [number, string];
  readonly histograms?: readonly (readonly [
    number,
    {
      readonly count: string;
      readonly sum: string;
      readonly buckets?: readonly (readonly [number, string, string, string])[];
    },
  ])[];
}

async function get(url: string, path: string, query: Readonly<Record<string, string>>): Promise<unknown> {
  const response = await fetch(`${url}${path}?${new URLSearchParams(query)}`);
  const body = (await response.json()) as { status: string; data: unknown; error?: string };
  if (body.status !== 'success') throw new Error(`${path}: ${body.error}`);
  return body.data;
}

/** Raw samples of the last hour of every series that the selector chooses. */
export async function storedSeries(url: string, selector: string): Promise<StoredSeries[]> {
  const data = (await get(url, '/api/v1/query', { query: `${selector}[1h]` })) as { result: ApiSeries[] };
  return data.result.map(({ metric, values = [], histograms = [] }) => ({
    labels: metric,
    samples: values.map(([seconds, text]) => [Math.round(seconds * 1000), number(text)] as const),
    histograms: histograms.map(([seconds, { count, sum, buckets = [] }]) => [
      Math.round(seconds * 1000),
      {
        count: number(count),
        sum: number(sum),
        buckets: buckets.map((b) => ({ low: number(b[1]), high: number(b[2]), count: number(b[3]) })),
      },
    ]),
  }));
}

/** Number of series that an instant query sees now. */
export async function liveSeries(url: string, selector: string): Promise<number> {
  const data = (await get(url, '/api/v1/query', { query: selector })) as { result: ApiSeries[] };
  return data.result.length;
}

export interface StoredExemplar {
  readonly series: Labels;
  readonly labels: Labels;
  readonly value: number;
  readonly ms: number;
}

/** Every exemplar of the last hour. */
export async function storedExemplars(url: string, selector: string): Promise<StoredExemplar[]> {
  const now = Date.now() / 1000;
  const query = { query: selector, start: String(now - 3600), end: String(now + 60) };
  const data = (await get(url, '/api/v1/query_exemplars', query)) as {
    seriesLabels: Labels;
    exemplars: { labels: Labels; value: string; timestamp: number }[];
  }[];
  return data.flatMap(({ seriesLabels, exemplars }) =>
    exemplars.map(({ labels, value, timestamp }) => ({
      series: seriesLabels,
      labels,
      value: number(value),
      ms: Math.round(timestamp * 1000),
    })),
  );
}

function number(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  return Number(text);
}
