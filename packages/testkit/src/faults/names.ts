/**
 * Names under `.faults.test` that resolve as a test says. While any is registered, `dns.lookup` and
 * `dns.promises.lookup` of this process are replaced; every other name goes to the real ones.
 */
import dns, { type LookupAddress } from 'node:dns';

/** The answer to one lookup: addresses (valid or not), an error code, or never. */
export type NameAnswer = readonly string[] | { readonly error: string } | 'never';

export interface TestName {
  readonly host: string;
  /** Forget the name; the last one puts the real lookup back. */
  release(): void;
}

const names = new Map<string, () => NameAnswer>();
let counter = 0;
let restore: (() => void) | undefined;

/** Register a fresh name; `answer` is asked at every lookup. */
export function testName(answer: () => NameAnswer): TestName {
  const host = `name-${++counter}.faults.test`;
  names.set(host, answer);
  restore ??= replaceLookup();
  return {
    host,
    release() {
      names.delete(host);
      if (names.size > 0) return;
      restore?.();
      restore = undefined;
    },
  };
}

type Callback = (error: Error | null, address?: string | LookupAddress[], family?: number) => void;

function replaceLookup(): () => void {
  const real = dns.lookup;
  const realPromise = dns.promises.lookup;
  const lookup = (host: string, options: unknown, callback?: Callback): void => {
    const done = typeof options === 'function' ? (options as Callback) : callback;
    const answer = names.get(host)?.();
    if (answer === undefined || done === undefined) {
      Reflect.apply(real, dns, callback === undefined ? [host, options] : [host, options, callback]);
      return;
    }
    if (answer === 'never') return;
    const all = typeof options === 'object' && options !== null && Reflect.get(options, 'all') === true;
    setImmediate(() => {
      if ('error' in answer) return done(failure(host, answer.error));
      const addresses = answer.map((address) => ({ address, family: 4 }));
      if (all) done(null, addresses);
      else done(null, addresses[0]?.address ?? '', 4);
    });
  };
  const lookupPromise = (host: string, options: unknown): Promise<unknown> => {
    if (!names.has(host)) return Reflect.apply(realPromise, dns.promises, [host, options]) as Promise<unknown>;
    return new Promise((resolve, reject) => {
      lookup(host, { all: true }, (error, found) => {
        const all = typeof options === 'object' && options !== null && Reflect.get(options, 'all') === true;
        if (error !== null) reject(error);
        else resolve(all || !Array.isArray(found) ? found : found[0]);
      });
    });
  };
  Reflect.set(dns, 'lookup', lookup);
  Reflect.set(dns.promises, 'lookup', lookupPromise);
  return () => {
    Reflect.set(dns, 'lookup', real);
    Reflect.set(dns.promises, 'lookup', realPromise);
  };
}

function failure(host: string, code: string): Error {
  return Object.assign(new Error(`getaddrinfo ${code} ${host}`), {
    code,
    errno: -3008,
    syscall: 'getaddrinfo',
    hostname: host,
  });
}
