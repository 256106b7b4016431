import { expect, test } from '@jest/globals';
import { checkUnencrypted } from '../src/unencrypted.ts';

test.each(['http://backend:4318', 'http://10.0.0.1', 'http://notlocalhost'])(
  'a secret over %s is warned about',
  (url) => {
    expect(checkUnencrypted(url, 'the key')).toMatchObject([
      { path: ['endpoint'], severity: 'warning', message: 'the key travels unencrypted over http' },
    ]);
  },
);

test.each(['https://backend', 'http://localhost:1', 'http://a.localhost', 'http://127.0.0.1', 'http://[::1]:1', ''])(
  'a secret over "%s" is not',
  (url) => {
    expect(checkUnencrypted(url, 'the key')).toEqual([]);
  },
);
