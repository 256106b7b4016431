/** The 32 flag bits of spans and links. */

/** The flags say whether the parent (or link target) is remote. */
export const HAS_IS_REMOTE = 0x100;
/** The parent (or link target) is remote. */
export const IS_REMOTE = 0x200;

/** The flags of a span or link that was made here, as the OpenTelemetry SDKs write them. */
export function contextFlags(traceFlags: number, isRemote: boolean | undefined): number {
  return (traceFlags & 0xff) | HAS_IS_REMOTE | (isRemote === true ? IS_REMOTE : 0);
}
