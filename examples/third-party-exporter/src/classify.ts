/** What the answers of Acme Cloud mean, where they differ from those of other HTTP backends. */
import { classify, describe, type HttpResponse, type HttpResult, type SentAbout } from '@telemetryflow/http';
import { type Outcome, partial } from '@telemetryflow/kernel';
import type { AcmeCloudConfig } from './config.ts';

interface Refusal {
  /** The line of the request, from 0. */
  readonly line: number;
  readonly code: string;
}

/** 200 names the lines that were not taken: `busy` ones may be sent again, all others never. */
export function classifyAnswer(result: HttpResult, { payload }: SentAbout<AcmeCloudConfig>): Outcome {
  if (result.kind !== 'response' || result.status !== 200) return classify(result);
  const sent = payload.items as readonly number[];
  const again: number[] = [];
  const refused: number[] = [];
  for (const { line, code } of refusals(result)) {
    const item = sent[line];
    if (item !== undefined) (code === 'busy' ? again : refused).push(item);
  }
  if (again.length + refused.length === 0) return classify(result);
  const detail = describe(result);
  return partial({
    ...(refused.length > 0 && { dropped: [{ items: refused, reason: 'rejected', detail }] }),
    ...(again.length > 0 && { retry: { items: again, reason: 'throttled', detail } }),
  });
}

/** None for an answer that is not what the documentation promises: it said 200. */
function refusals({ body }: HttpResponse): readonly Refusal[] {
  try {
    const { rejected } = JSON.parse(Buffer.from(body).toString('utf8')) as { readonly rejected?: unknown };
    return Array.isArray(rejected) ? rejected.filter((each) => typeof each === 'object' && each !== null) : [];
  } catch {
    return [];
  }
}
