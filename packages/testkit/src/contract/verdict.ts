/** Whether a scenario ended as it must: the exporter's ledger against the backend's books, and nothing left behind. */

import type { Reason } from '@telemetryflow/kernel';
import { duplicates } from './books.ts';
import { secretsIn } from './observer.ts';
import { within } from './patience.ts';
import { checkSum, type Rig } from './rig.ts';

/** Real time that connections have to close, as `patience` counts it. */
const CLOSE_GRACE_MS = 2000;

/** How a scenario must end. */
export interface Expected {
  /** Items delivered; default: every item that entered and was not refused. */
  readonly delivered?: number;
  /** Reasons with which items may be dropped; default none. */
  readonly droppedAs?: readonly Reason[];
  /** The answer was ambiguous (cut off, endless): the backend may have taken what the exporter sends again. */
  readonly duplicates?: boolean;
  /** The backend's books do not count (nothing could be read, or nothing was taken). */
  readonly withoutBooks?: boolean;
}

/** Settle, shut down, and compare everything; throws one error that lists all that is wrong. */
export async function finish<Q, A>(rig: Rig<Q, A>, expected: Expected = {}): Promise<void> {
  await rig.settle();
  await rig.shutdown();
  const problems: string[] = [...rig.recorder.problems, ...ledgerProblems(rig, expected), ...(await leftBehind(rig))];
  for (const stray of rig.observer.strays) problems.push(`An error escaped into the host: ${String(stray)}`);
  problems.push(...requestProblems(rig), ...secretProblems(rig));
  if (problems.length > 0) throw new Error(`The exporter broke the contract:\n- ${problems.join('\n- ')}`);
}

function ledgerProblems<Q, A>(rig: Rig<Q, A>, expected: Expected): string[] {
  const ledger = rig.chain.ledger();
  checkSum(ledger);
  const problems: string[] = [];
  if (ledger.entered !== rig.entered.length)
    problems.push(`${rig.entered.length} items went in, the ledger says ${ledger.entered}`);
  if (ledger.queued + ledger.inFlight !== 0)
    problems.push(`${ledger.queued + ledger.inFlight} items are left after shutdown`);
  const allowed = new Set<string>(expected.droppedAs ?? []);
  for (const [reason, count] of Object.entries(ledger.dropped)) {
    if (count > 0 && !allowed.has(reason)) {
      problems.push(`${count} items were dropped as "${reason}"${reason === 'bug' ? bugsOf(rig) : ''}`);
    }
  }
  const want = expected.delivered ?? (expected.droppedAs === undefined ? ledger.entered : ledger.delivered);
  if (ledger.delivered !== want)
    problems.push(`${ledger.delivered} of ${ledger.entered} items were delivered, expected ${want}`);
  if (expected.withoutBooks !== true) problems.push(...bookProblems(rig, expected));
  return problems;
}

function bookProblems<Q, A>(rig: Rig<Q, A>, expected: Expected): string[] {
  const { books, entered, chain } = rig;
  const problems: string[] = [];
  const known = new Set(entered);
  const strange = [...books.accepted.keys()].filter((id) => !known.has(id));
  if (strange.length > 0) problems.push(`the backend took items that never went in: ${list(strange)}`);
  const twice = duplicates(books);
  if (twice.length > 0 && expected.duplicates !== true)
    problems.push(`the backend took items more than once: ${list(twice)}`);
  const { delivered } = chain.ledger();
  if (books.accepted.size !== delivered && expected.duplicates !== true) {
    const missing = entered.filter((id) => !books.accepted.has(id));
    problems.push(
      `the exporter says ${delivered} items were delivered, the backend took ${books.accepted.size}` +
        (missing.length > 0 ? `; it did not take ${list(missing)}` : ''),
    );
  }
  return problems;
}

function requestProblems<Q, A>(rig: Rig<Q, A>): string[] {
  const most = rig.recorder.sends.length * (rig.options.requestsPerSend ?? 1);
  const made = rig.backend.requests.length;
  return made > most
    ? [`${made} requests for ${rig.recorder.sends.length} sends: a send is one attempt, retrying is the chain's job`]
    : [];
}

function secretProblems<Q, A>(rig: Rig<Q, A>): string[] {
  const secrets = rig.options.secrets ?? [];
  const problems: string[] = [];
  for (const said of rig.observer.said) {
    for (const secret of secretsIn(said, secrets)) problems.push(`the secret "${secret}" was printed: ${said.message}`);
  }
  for (const sent of rig.recorder.sends) {
    for (const secret of secretsIn([sent.outcome, sent.error], secrets)) {
      problems.push(`the secret "${secret}" is in an outcome or error of send`);
    }
  }
  return problems;
}

async function leftBehind<Q, A>(rig: Rig<Q, A>): Promise<string[]> {
  const problems: string[] = [];
  if (rig.clock.pending > 0) problems.push(`${rig.clock.pending} timers are still set after shutdown`);
  if (!(await within(CLOSE_GRACE_MS, rig.backend.disconnected()))) {
    problems.push(`${rig.backend.connections} connections are still open after shutdown`);
  }
  return problems;
}

function bugsOf<Q, A>(rig: Rig<Q, A>): string {
  const errors = rig.observer.said.filter((said) => said.level === 'error').map((said) => said);
  return errors.length === 0 ? '' : `: ${JSON.stringify(errors[0])}`;
}

function list(ids: readonly string[]): string {
  return ids.length <= 5 ? ids.join(', ') : `${ids.slice(0, 5).join(', ')} and ${ids.length - 5} more`;
}
