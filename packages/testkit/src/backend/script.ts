/** What a backend answers, as tests write it. */
import type { Answer } from './answer.ts';
import type { RecordedRequest } from './request.ts';

/**
 * What a backend answers: always the same; a list in turn, its last element for all further requests; or what
 * a function says for each request.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import {
 *   type BackendOptions,
 *   type FakeBackend,
 *   type RecordedRequest,
 *   type Script,
 *   startBackend,
 * } from '@telemetryflow/testkit';
 *
 * const script: Script = ({ path }) => ({ status: path === '/in' ? 204 : 404 });
 * const options: BackendOptions = { tls: false, forgetBodies: true };
 * const backend: FakeBackend<RecordedRequest> = await startBackend(script, options);
 * assert.equal((await fetch(`${backend.url}/in`, { method: 'POST', body: 'hello' })).status, 204);
 * assert.equal((await fetch(`${backend.url}/out`)).status, 404);
 * assert.deepEqual(
 *   backend.requests.map(({ path, text }) => [path, text()]),
 *   [
 *     ['/in', ''],
 *     ['/out', ''],
 *   ],
 * );
 * await backend.close();
 * ```
 */
export type Script<Q = RecordedRequest, A = Answer> =
  | A
  | readonly A[]
  | ((request: Q, index: number) => A | Promise<A>);

/** The answer to one request after the other. */
export function answersOf<Q, A extends object>(script: Script<Q, A>): (request: Q, index: number) => A | Promise<A> {
  if (typeof script === 'function') return script as (request: Q, index: number) => A | Promise<A>;
  if (!isSequence(script)) return () => script;
  let sequence = 0;
  return () => script[Math.min(sequence++, script.length - 1)] ?? ({} as A);
}

function isSequence<A>(script: A | readonly A[]): script is readonly A[] {
  return Array.isArray(script);
}
