import { expect, test } from '@jest/globals';
import { PerGroup } from '../src/per-group.ts';

test('what belongs to a resource and scope is made once for each pair of them, and anew after clearing', () => {
  let made = 0;
  const groups = new PerGroup((resource, scope) => `${++made}: ${resource.attributes['a']} ${scope.name}`);
  const [a, b] = [{ attributes: { a: 'a' } }, { attributes: { a: 'b' } }];
  const [x, y] = [{ name: 'x' }, { name: 'y' }];
  expect([groups.of(a, x), groups.of(a, y), groups.of(b, x), groups.of(a, x)]).toEqual([
    '1: a x',
    '2: a y',
    '3: b x',
    '1: a x',
  ]);
  expect(groups.of({ ...a }, x)).toBe('4: a x');
  groups.clear();
  expect(groups.of(a, x)).toBe('5: a x');
});
