/** How an Agent joins a space of Netdata Cloud: the file that it reads, since nothing else can send metrics there. */
import type { NetdataConfig } from './config.ts';

/** What goes into the file. */
export interface ClaimOptions {
  /** Default `https://app.netdata.cloud`. */
  readonly url?: string;
  readonly token: string;
  /** Ids of rooms of the space. */
  readonly rooms?: readonly string[];
}

/**
 * The text of `/etc/netdata/claim.conf`. Nothing is written: put it there, readable by the user `netdata` only, since
 * the token is a secret. Takes the options, or a block of this exporter with `claim_token` and `claim_rooms`. Throws for
 * a value with a line break, which would be another line of the file, and for a block without a token.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type ClaimOptions, claimConf } from '@telemetryflow/exporter-netdata';
 *
 * const options: ClaimOptions = { token: 'claim-token', rooms: ['room-id'] };
 * assert.deepEqual(claimConf(options).split('\n').slice(0, 3), [
 *   '[global]',
 *   '    url = https://app.netdata.cloud',
 *   '    token = claim-token',
 * ]);
 * ```
 */
export function claimConf(options: ClaimOptions | Pick<NetdataConfig, 'claim_token' | 'claim_rooms'>): string {
  const {
    url = 'https://app.netdata.cloud',
    token,
    rooms = [],
  } = 'claim_rooms' in options ? claimOf(options) : options;
  const lines = [`url = ${url}`, `token = ${token}`, ...(rooms.length > 0 ? [`rooms = ${rooms.join(',')}`] : [])];
  if (lines.some((line) => /[\r\n]/.test(line))) throw new TypeError('a value of claim.conf cannot hold a line break');
  return `[global]\n${lines.map((line) => `    ${line}\n`).join('')}`;
}

function claimOf({
  claim_token: token,
  claim_rooms: rooms,
}: Pick<NetdataConfig, 'claim_token' | 'claim_rooms'>): ClaimOptions {
  if (token === undefined || token.empty)
    throw new TypeError('claim_token is not set: take it from the page of the space');
  return { token: token.reveal(), rooms };
}
