/** What the doctor found out, one line each. */

/** What was looked at. Stable: scripts match on it. */
export type Check =
  | 'item'
  | 'dns'
  | 'connection'
  | 'proxy'
  | 'tls'
  | 'protocol'
  | 'path'
  | 'credentials'
  | 'region'
  | 'target'
  | 'clock'
  | 'disk';

export interface Finding {
  readonly check: Check;
  readonly ok: boolean;
  readonly what: string;
  /** What to do; with every finding that is not ok. */
  readonly fix?: string;
}

export function fine(check: Check, what: string): Finding {
  return { check, ok: true, what };
}

export function fault(check: Check, what: string, fix: string): Finding {
  return { check, ok: false, what, fix };
}
