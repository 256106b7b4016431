import { expect, test } from '@jest/globals';
import { NodePool } from '../src/node-pool.ts';

test('requests go to each node in turn, past dead ones, and one request finds out whether a node is back', () => {
  let now = 0;
  const pool = new NodePool(['a', 'b', 'c'], () => now);
  expect([pool.pick(), pool.pick(), pool.pick(), pool.pick()]).toEqual(['a', 'b', 'c', 'a']);
  pool.dead('b');
  expect([pool.pick(), pool.pick(), pool.pick()]).toEqual(['c', 'a', 'c']);
  now = 60_000;
  const picks = [pool.pick(), pool.pick(), pool.pick(), pool.pick()];
  expect(picks.filter((url) => url === 'b')).toHaveLength(1);
  pool.dead('b');
  now += 119_999;
  expect([pool.pick(), pool.pick(), pool.pick()]).not.toContain('b');
  now += 1;
  pool.alive('b');
  expect([pool.pick(), pool.pick(), pool.pick()]).toContain('b');
});

test('with every node dead the one due soonest is asked', () => {
  let now = 0;
  const pool = new NodePool(['a', 'b'], () => now);
  pool.dead('a');
  now = 10;
  pool.dead('b');
  expect([pool.pick(), pool.pick()]).toEqual(['a', 'a']);
});
