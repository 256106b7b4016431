import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { Signal } from '@telemetryflow/otlp';
import { backendExporters, officialExporters, provenAgainst } from '../../scripts/generate/support-table.ts';
import { WITNESSES } from '../e2e/witnesses.ts';

const e2e = new URL('../e2e/', import.meta.url);
const root = new URL('../../', import.meta.url);
const exporters = await officialExporters();
const claims = Object.entries(WITNESSES).flatMap(([type, signals]) =>
  Object.entries(signals).flatMap(([signal, witnesses]) =>
    witnesses.map((witness) => ({ type, signal: signal as Signal, witness })),
  ),
);
const byReferee = claims.flatMap(({ witness, ...claim }) =>
  witness.kind === 'fake' ? [] : [{ ...claim, ...witness }],
);
const byFake = claims.flatMap(({ witness, ...claim }) => (witness.kind === 'fake' ? [{ ...claim, ...witness }] : []));

const read = (base: URL, path: string): string => readFileSync(new URL(path, base), 'utf8');

describe('what the support matrix claims is what an end-to-end test shows:', () => {
  test.each(byReferee)('$type $signal against $name $version', ({ type, signal, version, referee, test: name }) => {
    const definition = exporters.find((each) => each.definition.type === type)?.definition;
    expect(definition?.signals[signal]).toBeDefined();
    const text = read(e2e, `${name}.test.ts`);
    expect(text).toContain(`./referees/${referee}.ts`);
    expect(text).toMatch(new RegExp(type.replace('_', '.')));
    expect(read(e2e, `referees/${referee}.ts`)).toContain(version);
  });
});

describe('what was proven against a fake only is held to that fake by a contract test:', () => {
  test.each(byFake)('$type $signal', ({ type, signal, fake }) => {
    const exporter = exporters.find((each) => each.definition.type === type);
    expect(exporter?.definition.signals[signal]).toBeDefined();
    const [, profile = ''] =
      /export const (\w+_PROFILE)\b/.exec(read(root, `packages/testkit/src/fakes/${fake}.ts`)) ?? [];
    expect(profile).not.toBe('');
    expect(read(root, `${exporter?.dir}/test/contract.test.ts`)).toContain(`backend: ${profile}`);
  });
});

test('every signal of every exporter that has a backend has a witness', async () => {
  const missing = (await backendExporters()).flatMap(({ definition: { type, signals } }) =>
    Object.keys(signals)
      .filter((signal) => (WITNESSES[type]?.[signal as Signal] ?? []).length === 0)
      .map((signal) => `${type} ${signal}`),
  );
  expect(missing).toEqual([]);
});

test('a signal without a witness is refused by the generator of the matrix', () => {
  expect(provenAgainst('datadog', 'logs')).toBe('strict fake');
  expect(() => provenAgainst('debug', 'logs')).toThrow('does not say what debug logs was proven against');
});
