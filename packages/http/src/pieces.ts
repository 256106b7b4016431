/** Request bodies in pieces. */

/** Every piece costs a call into the runtime and, compressed, a trip through the pool: from here on that is little. */
const SMALL = 64 * 1024;

/** The same bytes in fewer pieces: small ones that follow each other are joined, large ones stay as they are. */
export function joinSmall(pieces: readonly Uint8Array[]): readonly Uint8Array[] {
  if (pieces.length < 2) return pieces;
  const joined: Uint8Array[] = [];
  let run: Uint8Array[] = [];
  let length = 0;
  const end = (): void => {
    const [only] = run;
    if (only !== undefined) joined.push(run.length === 1 ? only : Buffer.concat(run, length));
    run = [];
    length = 0;
  };
  for (const piece of pieces) {
    if (piece.length >= SMALL) {
      end();
      joined.push(piece);
      continue;
    }
    run.push(piece);
    length += piece.length;
    if (length >= SMALL) end();
  }
  end();
  return joined;
}

/** Bytes in all pieces. */
export function lengthOf(pieces: readonly Uint8Array[]): number {
  let length = 0;
  for (const piece of pieces) length += piece.length;
  return length;
}
