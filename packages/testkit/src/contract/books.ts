/** What the backend took and refused, kept apart from what the exporter says about it. */

/** The backend's side of the ledger, by item id. */
export interface Books {
  /** How often each item was taken. */
  readonly accepted: ReadonlyMap<string, number>;
  /** Items refused for good. */
  readonly refused: ReadonlySet<string>;
  accept(ids: Iterable<string>): void;
  refuse(ids: Iterable<string>): void;
}

export function openBooks(): Books {
  const accepted = new Map<string, number>();
  const refused = new Set<string>();
  return {
    accepted,
    refused,
    accept(ids) {
      for (const id of new Set(ids)) accepted.set(id, (accepted.get(id) ?? 0) + 1);
    },
    refuse(ids) {
      for (const id of ids) refused.add(id);
    },
  };
}

/** Ids taken more than once. */
export function duplicates(books: Books): string[] {
  return [...books.accepted].filter(([, times]) => times > 1).map(([id]) => id);
}
