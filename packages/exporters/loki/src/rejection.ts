/**
 * Reads the plain texts in which Loki says what it did not take. Two of its parts write them:
 *
 *   distributor   `<message>`, or `2 errors like: <message>; 1 errors like: <message>`
 *   ingester      `entry with timestamp … ignored, reason: '…',` (the first ten), then
 *                 `user '…', total ignored: X out of Y for stream: {…}`
 */
import type { Reason } from '@telemetryflow/kernel';

/** Entries that were lost; the others of the push are stored. */
export interface Rejection {
  readonly entries: number;
  readonly reason: Reason;
}

/** Texts of the validation of single entries: the rest of the push is stored. First match wins. */
const ENTRY_ERRORS: readonly (readonly [RegExp, Reason])[] = [
  [/max entry size/i, 'too_large'],
  [
    /structured metadata (?:too large|.*(?:exceed|limit))|has structured metadata too large|too many structured/i,
    'too_large',
  ],
  [/timestamp too old|too far behind|out of order/i, 'too_old'],
  [/timestamp too new/i, 'invalid'],
  [/includes structured metadata, but this feature is disallowed/i, 'unsupported'],
];

const PER_STREAM = /per stream rate limit|active stream limit/i;

/** Texts of the validation of a stream: all its entries are lost, however many those are. */
const STREAM_ERRORS = /label names; limit|label (?:name|value) too long|duplicate label|missing labels/i;

/** Longer answers are cut before they are searched. */
const MAX_TEXT = 65_536;

/** Whole streams were refused, and the text does not say how many entries that cost. */
export function isStreamError(text: string): boolean {
  return STREAM_ERRORS.test(text.slice(0, MAX_TEXT));
}

/** The rejections of an answer; `undefined` when it is no such text, so that nothing was stored. */
export function readRejections(answer: string): Rejection[] | undefined {
  const text = answer.slice(0, MAX_TEXT);
  const ingester = ingesterRejections(text);
  if (ingester.length > 0) return ingester;
  const found: Rejection[] = [];
  const groups = /(?:^|; )(\d{1,9}) errors? like: /g;
  let match = groups.exec(text);
  if (match === null) {
    const reason = reasonOf(text);
    return reason === undefined ? undefined : [{ entries: 1, reason }];
  }
  while (match !== null) {
    const entries = Number(match[1]);
    const from = groups.lastIndex;
    match = groups.exec(text);
    found.push({ entries, reason: reasonOf(text.slice(from, match?.index)) ?? 'rejected' });
  }
  return found;
}

function ingesterRejections(text: string): Rejection[] {
  const found: Rejection[] = [];
  for (const match of text.matchAll(/total ignored: (\d{1,9}) out of \d{1,9} for stream/g)) {
    const reason = reasonOf(text) ?? (PER_STREAM.test(text) ? 'throttled' : 'rejected');
    found.push({ entries: Number(match[1]), reason });
  }
  return found;
}

function reasonOf(text: string): Reason | undefined {
  return ENTRY_ERRORS.find(([pattern]) => pattern.test(text))?.[1];
}

/** A push that is larger than what the limit ever lets through: it must be cut, or it never passes. */
export function exceedsRate(text: string): boolean {
  const limit = /limit: (\d{1,15}) bytes\/sec/.exec(text)?.[1];
  const size = /totaling '(\d{1,15})' bytes/.exec(text)?.[1];
  return limit !== undefined && size !== undefined && Number(size) > Number(limit);
}
