/** What the texts of InfluxDB say about lines that were refused. */
import type { Reason } from '@telemetryflow/kernel';

/** A line that version 3 names: its number in the request, from 1. */
export interface RefusedLine {
  readonly line: number;
  readonly reason: Reason;
}

/** The lines that the answer of version 3 lists; `undefined` when it is no such answer. */
export function refusedLines(body: string): readonly RefusedLine[] | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    return undefined;
  }
  const data = (answer as { data?: unknown } | null)?.data;
  if (!Array.isArray(data)) return undefined;
  const found: RefusedLine[] = [];
  for (const each of data as readonly { line_number?: unknown; error_message?: unknown }[]) {
    const line = each?.line_number;
    if (typeof line !== 'number' || !Number.isInteger(line)) continue;
    found.push({ line, reason: reasonOf(String(each.error_message)) });
  }
  return found;
}

/** The message of versions 1 and 2: that of their JSON, else the text as it is. */
export function messageOf(body: string): string {
  try {
    const { error, message } = JSON.parse(body) as { error?: unknown; message?: unknown };
    if (typeof message === 'string') return message;
    return typeof error === 'string' ? error : body;
  } catch {
    return body;
  }
}

/** The lines that could not be parsed, as the message quotes them. */
export function unparsableLines(message: string): string[] {
  return [...message.matchAll(/unable to parse '(.*)': /g)].map(([, line = '']) => line);
}

/** How many points a partial write has lost: what the server counts, at least the lines that it quotes. */
export function lostPoints(message: string): number {
  const dropped = Number(/\bdropped=(\d{1,15})/.exec(message)?.[1] ?? 0);
  return Math.max(dropped, unparsableLines(message).length);
}

/** Why points were refused. */
export function reasonOf(message: string): Reason {
  if (/beyond retention|outside (the )?retention/i.test(message)) return 'too_old';
  return /limit|max-values-per-tag|max-series|exceeded/i.test(message) ? 'rejected' : 'invalid';
}
