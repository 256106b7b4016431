/** The optional bearer token of a receiver. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Auth } from './config.ts';

/** Tells whether an `Authorization` value carries the token. Takes the same time for every wrong one. */
export function authorizer(auth: Auth | undefined): (authorization: string | undefined) => boolean {
  if (auth === undefined) return () => true;
  const expected = digest(auth.bearer_token.reveal());
  return (authorization) => {
    const token = /^bearer +(.*)$/is.exec(authorization ?? '')?.[1];
    return timingSafeEqual(digest(token ?? ''), expected) && token !== undefined;
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
