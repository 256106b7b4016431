/** Scenarios about answers: each kind of answer leads to the right outcome, and no item is lost or doubled. */
import type { Reason } from '@telemetryflow/kernel';
import type { Sent } from '../recorder.ts';
import { faulty, type Rig } from '../rig.ts';
import { given, must, type ScenarioTemplate } from '../scenario.ts';
import { finish } from '../verdict.ts';

const REFUSALS: readonly Reason[] = ['invalid', 'rejected', 'too_large', 'too_old', 'unsupported'];

const success: ScenarioTemplate = {
  name: 'delivers every item exactly once when the backend takes it',
  run: (stage) =>
    stage.rig(stage.take, async (rig) => {
      await rig.deliver(stage.plain(25));
      await rig.deliver(stage.plain(25, { from: 25 }));
      await finish(rig);
      must(rig.books.accepted.size === 50, `the backend took ${rig.books.accepted.size} of 50 items`);
    }),
};

const transient: ScenarioTemplate = {
  name: 'asks for a retry when the backend is unavailable, and delivers later',
  needs: 'answers',
  run: (stage) =>
    stage.rig(
      (asked) => (asked.index < 2 ? stage.defer(asked) : stage.take(asked)),
      async (rig) => {
        await rig.deliver(stage.plain(10));
        await rig.until(() => firstDone(rig), 'answered once');
        const [first] = rig.recorder.sends;
        must(first?.outcome?.retry !== undefined, `an unavailable backend gave the outcome ${show(first)}`);
        const { length: made } = rig.backend.requests;
        must(made <= rig.recorder.sends.length, "the exporter tried again by itself: retrying is the chain's job");
        await finish(rig);
      },
    ),
};

const permanent: ScenarioTemplate = {
  name: 'drops with a reason and without a retry what the backend refuses for good',
  needs: 'answers',
  run: (stage) =>
    stage.rig(stage.refuse, async (rig) => {
      await rig.deliver(stage.plain(10));
      await finish(rig, { delivered: 0, droppedAs: REFUSALS });
      for (const sent of rig.recorder.sends) {
        must(sent.outcome?.dropped !== undefined, `a permanent refusal gave the outcome ${show(sent)}`);
        must(sent.attempt === 1, 'a permanent refusal was sent again');
      }
      must(rig.recorder.sends.length > 0, 'nothing was sent');
    }),
};

const mixed: ScenarioTemplate = {
  name: 'keeps its books when success, unavailability and refusal alternate',
  needs: 'answers',
  run: (stage) =>
    stage.rig(
      (asked) => {
        if (asked.index % 3 === 1) return stage.defer(asked);
        return asked.index % 5 === 3 ? stage.refuse(asked) : stage.take(asked);
      },
      async (rig) => {
        for (let i = 0; i < 12; i++) {
          await rig.deliver(stage.plain(7, { from: i * 7 }));
          await rig.settle();
        }
        await finish(rig, { delivered: 84 - rig.books.refused.size, droppedAs: REFUSALS });
        must(rig.books.refused.size > 0, 'no request was refused: the scenario proved nothing');
      },
    ),
};

const partial: ScenarioTemplate = {
  name: 'drops exactly the items that a partial answer refuses',
  needs: 'partial',
  run: (stage) => {
    const refused = new Set(['item-3', 'item-7']);
    const answer = given(stage.options.backend.partial, 'partial answer');
    return stage.rig(
      (asked) => {
        const [here, others] = divide(asked.ids, refused);
        if (here.length === 0) return stage.take(asked);
        return { answer: answer(asked.request, new Set(here)), accepted: others, refused: here };
      },
      async (rig) => {
        await rig.deliver(stage.plain(10));
        await finish(rig, { delivered: 8, droppedAs: REFUSALS });
        must(rig.books.refused.size === 2, 'refused items were not sent, or sent without their id');
      },
    );
  },
};

const partialRetry: ScenarioTemplate = {
  name: 'sends again exactly the items that a partial answer defers',
  needs: 'partialRetry',
  run: (stage) => {
    const again = new Set(['item-2', 'item-5']);
    const answer = given(stage.options.backend.partialRetry, 'partial answer that asks again');
    const asked: (readonly string[])[] = [];
    return stage.rig(
      (request) => {
        asked.push(request.ids);
        const [here, others] = divide(request.ids, again);
        if (here.length === 0 || asked.length > 1) return stage.take(request);
        return { answer: answer(request.request, new Set(here)), accepted: others };
      },
      async (rig) => {
        await rig.deliver(stage.plain(10));
        await finish(rig);
        const second = asked.at(-1) ?? [];
        must(asked.length === 2, `${asked.length} requests for one batch and one partial retry`);
        must(
          second.length === 2 && second.every((id) => again.has(id)),
          `the second request held ${second.join(', ')}`,
        );
      },
    );
  },
};

const throttle: ScenarioTemplate = {
  name: 'passes on the delay the backend asks for',
  needs: 'throttle',
  run: (stage) => {
    const answer = given(stage.options.backend.throttle, 'throttling answer');
    return stage.rig(
      (asked) => (asked.index === 0 ? { answer: answer(asked.request, 7000) } : stage.take(asked)),
      async (rig) => {
        await rig.deliver(stage.plain(5));
        await finish(rig);
        const [first] = rig.recorder.sends;
        const after = first?.outcome?.retry?.afterMs;
        must(
          after !== undefined && after > 6000 && after <= 7000,
          `7 s were asked for, the outcome says ${show(first)}`,
        );
        const [throttledAt = 0, nextAt = 0] = rig.askedAt;
        must(nextAt - throttledAt >= 6000, `the next request came after ${nextAt - throttledAt} ms instead of 7000`);
      },
    );
  },
};

const auth: ScenarioTemplate = {
  name: 'holds data back while the credentials are refused, and delivers once they are good',
  needs: 'auth',
  run: (stage) => {
    const answer = given(stage.options.backend.auth, 'answer to wrong credentials');
    return stage.rig(
      (asked) => (asked.index === 0 ? { answer: answer(asked.request) } : stage.take(asked)),
      async (rig) => {
        await rig.deliver(stage.plain(5));
        await finish(rig);
        const [first] = rig.recorder.sends;
        must(first?.outcome?.retry?.reason === 'auth', `refused credentials gave the outcome ${show(first)}`);
      },
    );
  },
};

const timeout: ScenarioTemplate = {
  name: 'gives up an attempt that the backend never answers, and delivers by the next',
  needs: 'faults',
  run: (stage) =>
    stage.rig(
      (asked) => {
        if (asked.index > 0) return stage.take(asked);
        const { success: answer } = stage.options.backend;
        return { answer: faulty(stage.options, answer(asked.request), 'stall'), stalls: true };
      },
      async (rig) => {
        await rig.deliver(stage.plain(5));
        await finish(rig);
        const [first] = rig.recorder.sends;
        const ran = (first?.endedAt ?? 0) - (first?.startedAt ?? 0);
        must(ran > 0, 'the attempt ended without waiting for its timeout');
        const [made, sent] = [rig.backend.requests.length, rig.recorder.sends.length];
        must(made > 1 && made === sent, `${made} requests for ${sent} sends`);
      },
    ),
};

const tooLarge: ScenarioTemplate = {
  name: 'splits a request the backend finds too large, down to the one item that is',
  needs: 'tooLarge',
  run: (stage) => {
    const answer = given(stage.options.backend.tooLarge, 'answer to a too large request');
    return stage.rig(
      (asked) => {
        if (!asked.ids.includes('item-6')) return stage.take(asked);
        return { answer: answer(asked.request), refused: asked.ids.length === 1 ? asked.ids : [] };
      },
      async (rig) => {
        await rig.deliver(stage.plain(10));
        await finish(rig, { delivered: 9, droppedAs: ['too_large'] });
        must(!rig.books.accepted.has('item-6'), 'the oversize item was delivered');
      },
    );
  },
};

const oversize: ScenarioTemplate = {
  name: 'drops an item that alone exceeds a limit, and delivers the others',
  needs: 'oversize',
  run: (stage) => {
    const make = given(stage.options.oversize, 'oversize item');
    return stage.rig(stage.take, async (rig) => {
      await rig.deliver([
        ...stage.plain(4),
        ...make(stage.signal, stage.plain(1, { from: 4 })),
        ...stage.plain(4, { from: 5 }),
      ]);
      await finish(rig, { delivered: 8, droppedAs: ['too_large', 'invalid'] });
      must(!rig.books.accepted.has('item-4'), 'the oversize item was delivered');
    });
  },
};

function firstDone<Q, A>(rig: Rig<Q, A>): boolean {
  return rig.recorder.sends[0]?.endedAt !== undefined;
}

function divide(ids: readonly string[], chosen: ReadonlySet<string>): [chosen: string[], others: string[]] {
  return [ids.filter((id) => chosen.has(id)), ids.filter((id) => !chosen.has(id))];
}

function show(sent: Sent | undefined): string {
  return JSON.stringify(sent?.outcome ?? (sent?.error === undefined ? 'none' : String(sent.error)));
}

/** Every scenario of this file. */
export const OUTCOME_SCENARIOS: readonly ScenarioTemplate[] = [
  success,
  transient,
  permanent,
  mixed,
  partial,
  partialRetry,
  throttle,
  auth,
  timeout,
  tooLarge,
  oversize,
];
