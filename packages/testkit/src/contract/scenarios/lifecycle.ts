/** Scenarios about the end, and about connections that cannot be made. */
import { faulty } from '../rig.ts';
import { must, type ScenarioTemplate } from '../scenario.ts';
import { finish } from '../verdict.ts';

const shutdownFlush: ScenarioTemplate = {
  name: 'delivers at shutdown what is still queued, and closes its connections',
  run: (stage) =>
    stage.rig(stage.take, async (rig) => {
      await rig.deliver(stage.plain(10));
      await rig.shutdown();
      must(rig.books.accepted.size === 10, `${rig.books.accepted.size} of 10 items were delivered at shutdown`);
      await finish(rig);
    }),
};

const abortAtDeadline: ScenarioTemplate = {
  name: 'stops a send at once when the shutdown deadline has passed',
  needs: 'faults',
  run: (stage) =>
    stage.rig(
      ({ request }) => ({ answer: faulty(stage.options, stage.options.backend.success(request), 'stall') }),
      async (rig) => {
        await rig.deliver(stage.plain(5));
        await rig.until(() => rig.backend.requests.length > 0 || rig.clock.untilNext === undefined, 'asked');
        const deadline = new AbortController();
        const ended = rig.shutdown(deadline.signal);
        await rig.backend.received(1);
        deadline.abort();
        await ended;
        must(rig.recorder.active === 0, 'send is still running after its signal was aborted');
        await finish(rig, {
          delivered: 0,
          droppedAs: ['shutdown', 'timeout', 'network', 'unavailable'],
          withoutBooks: true,
        });
      },
    ),
};

const tls: ScenarioTemplate = {
  name: 'treats an untrusted certificate as a failure that may heal, and sends nothing',
  needs: 'tls',
  run: (stage) =>
    stage.rig(
      stage.take,
      async (rig) => {
        await rig.deliver(stage.plain(5));
        await rig.until(() => rig.recorder.sends[0]?.endedAt !== undefined, 'failed to connect');
        const [first] = rig.recorder.sends;
        must(
          first?.error !== undefined || first?.outcome?.retry !== undefined,
          `an untrusted certificate gave the outcome ${JSON.stringify(first?.outcome)}`,
        );
        await rig.settle();
        await finish(rig, { delivered: 0, droppedAs: ['network', 'unavailable'] });
        must(rig.backend.requests.length === 0, 'data was sent to a server whose certificate nobody vouches for');
      },
      { tls: true },
    ),
};

/** Every scenario of this file. */
export const LIFECYCLE_SCENARIOS: readonly ScenarioTemplate[] = [shutdownFlush, abortAtDeadline, tls];
