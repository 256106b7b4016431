/** Scenarios about backends that misbehave: no answer may hang, flood or crash the host, or draw out a secret. */
import type { AnswerFault } from '../../backend/answer.ts';
import { faulty } from '../rig.ts';
import { must, type ScenarioTemplate, type Stage } from '../scenario.ts';
import { finish } from '../verdict.ts';

/** What a careless client would hold of a 1 GiB answer is far more. */
const MAX_GROWTH_BYTES = 256 * 1024 * 1024;

function hostile(name: string, fault: AnswerFault, status: 'success' | 'permanent'): ScenarioTemplate {
  return {
    name,
    needs: 'faults',
    run: (stage) =>
      stage.rig(
        (asked) => {
          const { backend } = stage.options;
          if (asked.index > 0) return stage.take(asked);
          if (status === 'permanent') {
            return { answer: faulty(stage.options, backend.permanent(asked.request), fault), refused: asked.ids };
          }
          return {
            answer: faulty(stage.options, backend.success(asked.request), fault),
            accepted: asked.ids,
            stalls: fault === 'stall_body',
          };
        },
        async (rig) => {
          const before = process.memoryUsage().rss;
          await rig.deliver(stage.plain(5));
          if (status === 'success') await finish(rig, { delivered: 5, duplicates: true });
          else await finish(rig, { droppedAs: ['invalid', 'rejected', 'too_large', 'unsupported'], duplicates: true });
          const growth = process.memoryUsage().rss - before;
          must(growth < MAX_GROWTH_BYTES, `memory grew by ${growth} bytes while the answer was read`);
        },
      ),
  };
}

/** What a login, a maintenance page or a web interface answers: nothing behind it takes telemetry. */
const PAGE = {
  status: 200,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body: '<!DOCTYPE html>\n<html lang="en"><head><title>Sign in</title></head><body></body></html>\n',
};

const page: ScenarioTemplate = {
  name: 'takes no page of HTML for a success',
  needs: 'page',
  run: <Q, A>(stage: Stage<Q, A>) =>
    stage.rig(
      ({ ids }) => ({ answer: PAGE as A, refused: ids }),
      async (rig) => {
        await rig.deliver(stage.plain(5));
        // Whoever asks again may give up for want of an answer, of credentials or of time.
        await finish(rig, { droppedAs: ['invalid', 'rejected', 'unavailable', 'auth', 'too_old'] });
      },
    ),
};

const secrets: ScenarioTemplate = {
  name: 'never prints a secret, even when the backend repeats it',
  needs: 'secrets',
  run: (stage) =>
    stage.rig(
      (asked) => {
        const { backend } = stage.options;
        const repeat = (answer: ReturnType<typeof backend.success>): ReturnType<typeof backend.success> =>
          backend.echo?.(answer, asked.request) ?? { ...answer, body: echoOf(asked.request) };
        if (asked.index === 0) return { answer: repeat(backend.transient(asked.request)) };
        if (asked.index === 1) return { answer: repeat(backend.permanent(asked.request)), refused: asked.ids };
        if (asked.index === 2)
          return { answer: repeat(backend.auth?.(asked.request) ?? backend.transient(asked.request)) };
        return stage.take(asked);
      },
      async (rig) => {
        must((stage.options.secrets ?? []).length > 0, 'no secret is planted');
        await rig.deliver(stage.plain(5));
        await rig.settle();
        await rig.deliver(stage.plain(5, { from: 5 }));
        await finish(rig, { droppedAs: ['invalid', 'rejected', 'unsupported'] });
      },
    ),
};

function echoOf(request: unknown): unknown {
  const { headers, path } = request as { headers?: unknown; path?: unknown };
  return { error: 'refused', headers, path };
}

/** Every scenario of this file. */
export const HOSTILE_SCENARIOS: readonly ScenarioTemplate[] = [
  hostile('survives an answer that never ends', 'endless', 'success'),
  hostile('survives an answer of 1 GiB', 'huge', 'success'),
  hostile('survives an answer in no known format', 'malformed', 'success'),
  hostile('survives an answer that stops half-way', 'stall_body', 'success'),
  hostile('survives an answer that is cut off', 'cut_off', 'success'),
  hostile('survives an error message that never ends', 'endless', 'permanent'),
  hostile('survives an error message in no known format', 'malformed', 'permanent'),
  page,
  secrets,
];
