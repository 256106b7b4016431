/** What the items of a request lose on the way, although they are delivered. */

export interface Losses {
  /** Attributes left out, and values cut. */
  attributes: number;
  events: number;
  links: number;
  /** Items so old that New Relic may drop them. */
  old: number;
}

export function noLosses(): Losses {
  return { attributes: 0, events: 0, links: 0, old: 0 };
}

/** A sentence about the losses; `undefined` when there are none. */
export function remarkOn({ attributes, events, links, old }: Losses): string | undefined {
  const parts: string[] = [];
  if (attributes > 0) parts.push(`${attributes} attributes were cut or left out: over the limits of New Relic`);
  if (events > 0) parts.push(`${events} span events were left out: only protocol otlp carries them`);
  if (links > 0) parts.push(`${links} span links were left out: New Relic does not know them`);
  if (old > 0) parts.push(`${old} records are older than 48 hours: New Relic may drop them`);
  return parts.length === 0 ? undefined : parts.join('; ');
}
