/** Runs the tests of one file: the real pipeline, its processors and encoders, without its ends. */

import path from 'node:path';
import {
  createPipelineFrom,
  type PipelineInput,
  type Resolution,
  resolveConfig,
  systemClock,
} from '@telemetryflow/kernel';
import { decodeJson, type Signal } from '@telemetryflow/otlp';
import type { Distro } from '../distro.ts';
import { agentPlugins } from '../resolve.ts';
import { bodyAs, type Captured, capturing } from './capture.ts';
import type { Expectation, PayloadExpectation, PipelineTest, TestFile } from './file.ts';
import { requestsOf } from './items.ts';
import { difference } from './match.ts';

export interface TestResult {
  readonly name: string;
  /** One sentence per difference; none when it passed. */
  readonly failures: readonly string[];
}

const ITEMS: readonly (readonly ['logs' | 'spans' | 'metrics', Signal])[] = [
  ['logs', 'logs'],
  ['spans', 'traces'],
  ['metrics', 'metrics'],
];
const FORMS = ['text', 'json', 'lines', 'otlp'] as const;

/** Throws a ConfigError where the configuration under test is not valid. */
export async function runTestFile(file: TestFile, distro: Distro): Promise<readonly TestResult[]> {
  const plugins = agentPlugins(distro, path.dirname(file.configs[0] ?? '.'));
  const env = { ...process.env, ...file.env };
  const resolution = await resolveConfig(file.configs, { plugins, env });
  const results: TestResult[] = [];
  for (const test of file.tests) {
    results.push({ name: test.name, failures: await failuresOf(test, resolution, file.nowMs) });
  }
  return results;
}

async function failuresOf(test: PipelineTest, resolution: Resolution, nowMs: number): Promise<readonly string[]> {
  const unknown = [
    ...Object.keys(test.expect)
      .filter((id) => !resolution.config.exporters.has(id))
      .map((id) => `there is no exporter "${id}"`),
    ...(test.pipelines ?? [])
      .filter((id) => !resolution.config.pipelines.some((pipeline) => pipeline.id === id))
      .map((id) => `there is no pipeline "${id}"`),
  ];
  if (unknown.length > 0) return unknown;
  const { resolution: silent, captured } = capturing(fedByHand(resolution, test.pipelines));
  // Real timers, and a time that stands still, so that what is written of it can be expected.
  const pipeline = createPipelineFrom(silent, { clock: { ...systemClock, now: () => nowMs }, metricsSince: 0 });
  try {
    await pipeline.start();
    for (const { signal, json } of requestsOf(test.given, nowMs)) {
      if (!pipeline.accepts(signal)) return [`no pipeline takes ${signal}`];
      await pipeline.consume({ signal, records: decodeJson(signal, json) } as PipelineInput);
    }
    await pipeline.forceFlush();
  } finally {
    await pipeline.shutdown();
  }
  return Object.entries(test.expect).flatMap(([id, expected]) =>
    compare(expected, captured.get(id) as Captured).map((text) => `${id}: ${text}`),
  );
}

/** Without receivers and extensions, so that nothing listens and the items of the test are all there is. */
function fedByHand(resolution: Resolution, only: readonly string[] | undefined): Resolution {
  const { config } = resolution;
  const pipelines = config.pipelines
    .filter(({ id }) => only === undefined || only.includes(id))
    .map((pipeline) => ({ ...pipeline, receivers: pipeline.receivers.filter((id) => config.connectors.has(id)) }));
  const none = new Map();
  return { ...resolution, config: { ...config, receivers: none, extensions: none, serviceExtensions: [], pipelines } };
}

function compare(expected: Expectation, captured: Captured): readonly string[] {
  const failures: string[] = [];
  for (const [name, signal] of ITEMS) {
    const items = expected[name];
    const found = items === undefined ? undefined : difference(items, captured.items[signal], name);
    if (found !== undefined) failures.push(found);
  }
  if (expected.payloads !== undefined) failures.push(...comparePayloads(expected.payloads, captured.payloads));
  return failures;
}

function comparePayloads(expected: readonly PayloadExpectation[], actual: Captured['payloads']): readonly string[] {
  if (expected.length !== actual.length) return [`payloads: expected ${expected.length}, got ${actual.length}`];
  return expected.flatMap((payload, i) => {
    const made = actual[i];
    if (made === undefined) return [];
    const { url, headers, ...bodies } = payload;
    const failures: (string | undefined)[] = [
      url === undefined ? undefined : difference(url, made.url, `payloads[${i}].url`),
      headers === undefined ? undefined : difference(headers, made.headers ?? {}, `payloads[${i}].headers`),
    ];
    for (const form of FORMS) {
      if (!(form in bodies)) continue;
      const at = `payloads[${i}].${form}`;
      try {
        failures.push(difference(bodies[form], bodyAs(form, made), at));
      } catch (error) {
        failures.push(`${at}: the body cannot be read so: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    return failures.filter((failure) => failure !== undefined);
  });
}
