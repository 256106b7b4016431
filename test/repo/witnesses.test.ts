import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { Signal } from '@telemetryflow/otlp';
import { officialExporters } from '../../scripts/generate/support-table.ts';
import { WITNESSES } from '../e2e/witnesses.ts';

const e2e = new URL('../e2e/', import.meta.url);
const exporters = await officialExporters();
const claims = Object.entries(WITNESSES).flatMap(([type, signals]) =>
  Object.entries(signals).flatMap(([signal, witnesses]) =>
    witnesses.map((witness) => ({ type, signal: signal as Signal, ...witness })),
  ),
);

describe('what the support matrix claims is what an end-to-end test shows:', () => {
  test.each(claims)('$type $signal against $name $version', ({ type, signal, version, referee, test: name }) => {
    const definition = exporters.find((each) => each.definition.type === type)?.definition;
    expect(definition?.signals[signal]).toBeDefined();
    const text = readFileSync(new URL(`${name}.test.ts`, e2e), 'utf8');
    expect(text).toContain(`./referees/${referee}.ts`);
    expect(text).toMatch(new RegExp(type.replace('_', '.')));
    expect(readFileSync(new URL(`referees/${referee}.ts`, e2e), 'utf8')).toContain(version);
  });
});

test('every exporter whose name an end-to-end test bears is in the table', () => {
  const missing = exporters
    .map(({ definition }) => definition.type)
    .filter((type) => existsSync(new URL(`${type}.test.ts`, e2e)) && WITNESSES[type] === undefined);
  expect(missing).toEqual([]);
});
