/**
 * What the answers of InfluxDB mean, where they differ from those of other HTTP backends:
 *
 *   400, 422 of version 3           the lines it lists were refused, the others are stored
 *   400, 422 "partial write"        so many points were refused, the others are stored; never sent again
 *   400 of version 2 with quotes    nothing is stored: sent again without the quoted lines
 *   any other 400                   nothing is stored: cut until the culprit is alone
 *   404                             no such database or bucket, or a server of another version
 *   500 "retention policy not found"  final
 *   a reset during a large request  the server refuses its size: cut
 *
 * Writing a line twice does no harm: it replaces itself.
 */
import {
  type Bisection,
  type ClassifyRules,
  classify,
  describe,
  type HttpResponse,
  type HttpResult,
} from '@telemetryflow/http';
import {
  countItems,
  drop,
  type Items,
  itemsOf,
  type Outcome,
  partial,
  type Reason,
  split,
} from '@telemetryflow/kernel';
import { lostPoints, messageOf, reasonOf, refusedLines, unparsableLines } from './answer.ts';
import type { ApiVersion } from './endpoint.ts';
import type { LinesMessage } from './line-request.ts';

/** Larger answers are read no further. */
const MAX_TEXT_BYTES = 1 << 20;
/** Servers close the connection early on what is too large; smaller requests break for other reasons. */
const LARGE_BYTES = 1 << 20;

const RULES: ClassifyRules = {
  rules: [
    {
      status: 404,
      body: /page not found/,
      verdict: { drop: 'invalid' },
      hint: 'the server has no such API: set version: 1 for InfluxDB 1, or check the path of the endpoint',
    },
    {
      status: 404,
      verdict: { drop: 'invalid' },
      hint: 'InfluxDB 1 and 2 create neither databases nor buckets: create it, or check its name and the organization',
    },
    { status: 500, body: /retention policy not found/, verdict: { drop: 'invalid' } },
    { status: 500, verdict: { retry: 'unavailable' } },
  ],
};

/** What was sent. */
export interface SentLines {
  readonly version: ApiVersion;
  readonly items: Items;
  readonly message: LinesMessage;
  readonly bisection: Bisection;
}

/** The outcome of an attempt. */
export function classifyAnswer(result: HttpResult, sent: SentLines): Outcome {
  const { message } = sent;
  const cut = (reason: Reason, detail: string): Outcome =>
    sent.bisection.cut(reason, { batchId: message.batchId, items: countItems(sent.items) }, detail);
  if (result.kind === 'failure') {
    // InfluxDB 1 repeats what it refuses in a header, which Node then cannot read: this is an answer, and a 400.
    if (result.code === 'HPE_INVALID_HEADER_TOKEN') return cut('invalid', result.message);
    const reset = result.code === 'ECONNRESET' || result.code === 'EPIPE';
    if (reset && message.body.length > LARGE_BYTES) return split('too_large', { detail: result.message });
    return classify(result, RULES);
  }
  if (result.status !== 400 && result.status !== 422) return classify(result, RULES);
  return refusal(result, sent, cut);
}

function refusal(response: HttpResponse, sent: SentLines, cut: (reason: Reason, detail: string) => Outcome): Outcome {
  const { message, items } = sent;
  const { body } = response;
  const text = Buffer.from(body.buffer, body.byteOffset, Math.min(body.length, MAX_TEXT_BYTES)).toString('utf8');
  const detail = describe(response, undefined);
  const listed = refusedLines(text);
  if (listed !== undefined && listed.length > 0) {
    const byReason = new Map<Reason, Set<number>>();
    for (const { line, reason } of listed) {
      const owner = message.owners[line - 1];
      if (owner === undefined) continue;
      const owners = byReason.get(reason) ?? new Set();
      byReason.set(reason, owners.add(owner));
    }
    const seen = new Set<number>();
    return partial({
      dropped: [...byReason].flatMap(([reason, owners]) => {
        const own = [...owners].filter((owner) => !seen.has(owner));
        for (const owner of own) seen.add(owner);
        return own.length === 0 ? [] : [{ items: itemsOf(own.sort((a, b) => a - b)), reason, detail }];
      }),
    });
  }
  const said = messageOf(text);
  if (response.status === 422 || said.includes('partial write')) {
    const lost = Math.min(lostPoints(said), countItems(items));
    // A partial write that names no number has lost something: what is sure is at least one point.
    return partial({ dropped: [{ items: Math.max(1, lost), reason: reasonOf(said), detail }] });
  }
  const bad = sent.version === 1 ? new Set<number>() : ownersOfLines(message, unparsableLines(said));
  if (sent.version === 1 && unparsableLines(said).length > 0) return drop('invalid', detail);
  if (bad.size === 0) return cut('invalid', detail);
  const dropped = itemsOf([...bad].sort((a, b) => a - b));
  const rest = [...new Set(message.owners)].filter((owner) => !bad.has(owner)).sort((a, b) => a - b);
  return partial({
    dropped: [{ items: dropped, reason: 'invalid', detail }],
    ...(rest.length > 0 && { retry: { items: rest, reason: 'invalid', detail } }),
  });
}

/** The items of the lines with these texts. */
function ownersOfLines({ body, owners }: LinesMessage, quoted: readonly string[]): Set<number> {
  const wanted = new Set(quoted);
  const found = new Set<number>();
  if (wanted.size === 0) return found;
  for (const [i, line] of body.split('\n').entries()) {
    const owner = owners[i];
    if (owner !== undefined && wanted.has(line)) found.add(owner);
  }
  return found;
}
