/** Leaves out logs below a severity before they are encoded. */
import type { Batch, Encoded } from '@telemetryflow/kernel';

/**
 * Encodes only the logs of at least `minimum`; the others are dropped as `filtered`, those without severity among
 * them. Items keep the numbers they have in the whole batch.
 */
export function* encodeFrom<B>(
  batch: Batch<'logs'>,
  minimum: number,
  encode: (kept: Batch<'logs'>) => Iterable<Encoded<B>>,
): Generator<Encoded<B>> {
  const kept: number[] = [];
  const dropped: number[] = [];
  for (const [item, record] of batch.records().entries()) {
    ((record.severityNumber ?? 0) >= minimum ? kept : dropped).push(item);
  }
  if (dropped.length === 0) {
    yield* encode(batch);
    return;
  }
  yield { dropped, reason: 'filtered', detail: 'below min_severity' };
  if (kept.length === 0) return;
  for (const each of encode(batch.select(kept))) {
    if (each === undefined) yield each;
    else if ('dropped' in each) yield { ...each, dropped: original(each.dropped, kept) };
    else yield { ...each, items: original(each.items, kept) };
  }
}

function original(
  items: readonly number[] | { readonly from: number; readonly to: number },
  kept: readonly number[],
): readonly number[] {
  return 'from' in items ? kept.slice(items.from, items.to) : items.map((item) => kept[item] ?? -1);
}
