/** Scenarios about input: odd data is delivered or dropped with a reason, never lost, never a crash, never changed. */
import { isDeepStrictEqual } from 'node:util';
import { REASONS, type Reason } from '@telemetryflow/kernel';
import type { Variety } from '../../data/attributes.ts';
import { deepFreeze } from '../../data/freeze.ts';
import { recordsOf } from '../../data/items.ts';
import { PLANTED_TEXTS, plantedRecords } from '../../data/planted.ts';
import { addressOf, must, type ScenarioTemplate } from '../scenario.ts';
import { finish } from '../verdict.ts';

/** Every reason but the one for defects of ours. */
const ANY_REASON_BUT_BUG: readonly Reason[] = REASONS.filter((reason) => reason !== 'bug' && reason !== 'shutdown');

const empty: ScenarioTemplate = {
  name: 'makes no request of an empty batch',
  run: (stage) =>
    stage.rig(stage.take, async (rig) => {
      await rig.deliver([]);
      await finish(rig);
      must(rig.books.accepted.size === 0, 'an empty batch delivered items');
    }),
};

function odd(name: string, variety: Variety): ScenarioTemplate {
  return {
    name,
    run: (stage) =>
      stage.rig(stage.take, async (rig) => {
        await rig.deliver(recordsOf(stage.signal, 48, { variety }));
        await finish(rig, { droppedAs: ANY_REASON_BUT_BUG });
      }),
  };
}

const types = odd('takes every attribute type', 'types');
const nonFinite = odd('takes non-finite numbers', 'non_finite');
const unicode = odd('takes odd Unicode and lone surrogates', 'unicode');

const frozen: ScenarioTemplate = {
  name: 'leaves its input as it is',
  run: (stage) =>
    stage.rig(stage.take, async (rig) => {
      await rig.deliver(deepFreeze(recordsOf(stage.signal, 48, { variety: 'all' })));
      await finish(rig, { droppedAs: ANY_REASON_BUT_BUG });
    }),
};

const pure: ScenarioTemplate = {
  name: 'encodes the same batch to the same payloads every time',
  run: (stage) =>
    stage.rig(stage.take, async (rig) => {
      await rig.deliver(stage.plain(20));
      await finish(rig);
      const [first, second] = rig.recorder.encodeTwice();
      must(first.length > 0, `nothing was encoded for ${stage.signal}`);
      must(
        isDeepStrictEqual(first, second),
        'two encodes of one batch with one context differ: encode reads a clock or keeps state',
      );
    }),
};

const planted: ScenarioTemplate = {
  name: 'lets nothing that telemetry says choose where a request goes, or become a header',
  async run(stage) {
    const addresses: string[] = [];
    await stage.rig(
      (asked) => {
        addresses.push(addressOf(stage.options.backend, asked.request));
        return stage.take(asked);
      },
      async (rig) => {
        await rig.deliver(plantedRecords(stage.signal, stage.options.planted));
        await finish(rig, { droppedAs: ANY_REASON_BUT_BUG });
        const found = addresses.filter((text) => [...PLANTED_TEXTS, 'x-planted'].some((each) => text.includes(each)));
        must(found.length === 0, `what the telemetry says came as it is into ${JSON.stringify(found[0])}`);
      },
    );
  },
};

/** Every scenario of this file. */
export const DATA_SCENARIOS: readonly ScenarioTemplate[] = [empty, types, nonFinite, unicode, frozen, pure, planted];
