import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { OFFICIAL_TYPES, packageNames } from '../../src/plugins/catalogue.ts';

const packages = resolve(import.meta.dirname, '../../../');

test('the official types are exactly the component packages of the repository', () => {
  const found = globSync('{exporters,receivers,processors,connectors,extensions}/*/package.json', { cwd: packages })
    .map((file) => JSON.parse(readFileSync(resolve(packages, file), 'utf8')))
    .map((manifest) => ({ name: manifest.name, kind: manifest.telemetryflow.kind, type: manifest.telemetryflow.type }));
  const listed = OFFICIAL_TYPES.map(({ kind, type }) => ({ name: packageNames(kind, type)[0], kind, type }));
  const byName = (a: { name: string | undefined }, b: { name: string | undefined }) =>
    (a.name ?? '').localeCompare(b.name ?? '');
  expect(listed.sort(byName)).toEqual(found.sort(byName));
});

test('no alias is a type or an alias of another component of its kind', () => {
  const names = OFFICIAL_TYPES.flatMap(({ kind, type, aliases }) =>
    [type, ...aliases].map((name) => `${kind}/${name}`),
  );
  expect(new Set(names).size).toBe(names.length);
});
