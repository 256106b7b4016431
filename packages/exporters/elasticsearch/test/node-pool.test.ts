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

test('requests that fail together count as one failure, however many were on their way', () => {
  let now = 0;
  const pool = new NodePool(['a', 'b'], () => now);
  for (let i = 0; i < 4; i++) pool.dead('a');
  now = 60_000;
  expect([pool.pick(), pool.pick()]).toContain('a');
  // The one that found out failed too: twice as long.
  for (let i = 0; i < 4; i++) pool.dead('a');
  now += 119_999;
  expect([pool.pick(), pool.pick()]).toEqual(['b', 'b']);
  now += 1;
  expect([pool.pick(), pool.pick()]).toContain('a');
});

test('with every node dead the one due soonest is asked', () => {
  let now = 0;
  const pool = new NodePool(['a', 'b'], () => now);
  pool.dead('a');
  now = 10;
  pool.dead('b');
  expect([pool.pick(), pool.pick()]).toEqual(['a', 'a']);
});
