/**
 * Bodies of requests lie outside the heap of V8. It counts those that came since its last full collection as growth of
 * its old generation, and collects in full for every 10 MB: an agent moves hundreds of MB a second, and spent 40 % of
 * its CPU on that. With this flag V8 counts them where it counts all memory, and collects a sixth as often. It is for
 * the agent's own process only; where we are embedded, V8 is the host's.
 */
import { setFlagsFromString } from 'node:v8';

/** Major versions of V8 that have the flag; others would print that they do not know it. */
const KNOWN = { from: 13, to: 14 } as const;

/** To be called before the agent begins to receive. */
export function countExternalMemory(): void {
  const version = Number.parseInt(process.versions.v8, 10);
  if (version >= KNOWN.from && version <= KNOWN.to) setFlagsFromString('--external-memory-accounted-in-global-limit');
}
