/**
 * The exporter contract: what every exporter promises, whatever its backend. Ours and third parties' pass the
 * same list. An exporter is driven through the real delivery chain against a scripted backend; after each
 * scenario its ledger is compared with what the backend took, item by item.
 */
import type { Signal } from '@telemetryflow/otlp';
import type { Answer } from '../backend/answer.ts';
import type { RecordedRequest } from '../backend/request.ts';
import type { Capability, ContractOptions, Scenario } from './options.ts';
import { type ScenarioTemplate, stageFor } from './scenario.ts';
import { DATA_SCENARIOS } from './scenarios/data.ts';
import { HOSTILE_SCENARIOS } from './scenarios/hostile.ts';
import { LIFECYCLE_SCENARIOS } from './scenarios/lifecycle.ts';
import { OUTCOME_SCENARIOS } from './scenarios/outcomes.ts';

const TEMPLATES: readonly ScenarioTemplate[] = [
  ...OUTCOME_SCENARIOS,
  ...DATA_SCENARIOS,
  ...LIFECYCLE_SCENARIOS,
  ...HOSTILE_SCENARIOS,
];

/**
 * The scenarios for an exporter, one per signal. Each needs nothing of the others and leaves nothing behind;
 * they must run one after the other.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpHttp from '@telemetryflow/exporter-otlp-http';
 * import { type ContractOptions, exporterContract, OTLP_PROFILE, type Scenario } from '@telemetryflow/testkit';
 *
 * const options: ContractOptions = {
 *   definition: otlpHttp,
 *   config: ({ url, caFile }) => ({ endpoint: url, ...(caFile && { tls: { ca_file: caFile } }) }),
 *   backend: OTLP_PROFILE,
 *   signals: ['logs'],
 *   notApplicable: {
 *     partialRetry: 'OTLP never asks for single items again',
 *     oversize: 'OTLP has no limit per item',
 *     secrets: 'this configuration holds none',
 *   },
 * };
 * const scenarios: Scenario[] = exporterContract(options);
 * // In a test file: for (const { name, run } of scenarios) test(name, run);
 * const first = scenarios.slice(0, 3);
 * for (const { run } of first) await run();
 * assert.equal(first[0]?.name, 'logs: delivers every item exactly once when the backend takes it');
 * ```
 */
export function exporterContract<Q = RecordedRequest, A = Answer>(options: ContractOptions<Q, A>): Scenario[] {
  const signals = options.signals ?? (Object.keys(options.definition.signals) as Signal[]);
  return signals.flatMap((signal) => TEMPLATES.map((template) => scenarioOf(template, signal, options)));
}

function scenarioOf<Q, A>(template: ScenarioTemplate, signal: Signal, options: ContractOptions<Q, A>): Scenario {
  const { needs } = template;
  const reason = needs === undefined ? undefined : excuse(needs, options);
  if (needs === undefined || (reason === undefined && provided(needs, options))) {
    return { name: `${signal}: ${template.name}`, applies: true, run: () => template.run(stageFor(options, signal)) };
  }
  return {
    name: `${signal}: ${template.name} [does not apply: ${reason ?? 'no reason given'}]`,
    applies: false,
    async run() {
      if (reason === undefined || reason.trim() === '') {
        throw new Error(
          `Provide what "${needs}" needs, or say in notApplicable.${needs} why the backend has no such thing.`,
        );
      }
      if (explicit(needs, options)) {
        throw new Error(`notApplicable.${needs} says "${reason}", but the backend profile provides it.`);
      }
    },
  };
}

/** Who cannot be given a misbehaving answer cannot be given a page. */
function excuse<Q, A>(capability: Capability, { notApplicable = {} }: ContractOptions<Q, A>): string | undefined {
  return notApplicable[capability] ?? (capability === 'page' ? notApplicable.faults : undefined);
}

/** Capabilities that are there unless excused; the others are there when the author provides them. */
const BY_DEFAULT: ReadonlySet<Capability> = new Set(['answers', 'tls', 'faults', 'page']);

function provided<Q, A>(capability: Capability, options: ContractOptions<Q, A>): boolean {
  return BY_DEFAULT.has(capability) || explicit(capability, options);
}

function explicit<Q, A>(capability: Capability, options: ContractOptions<Q, A>): boolean {
  const { backend } = options;
  switch (capability) {
    case 'partial':
    case 'partialRetry':
    case 'throttle':
    case 'auth':
    case 'tooLarge':
      return backend[capability] !== undefined;
    case 'oversize':
      return options.oversize !== undefined;
    case 'secrets':
      return (options.secrets ?? []).length > 0;
    case 'answers':
    case 'tls':
    case 'faults':
    case 'page':
      return false;
  }
}
