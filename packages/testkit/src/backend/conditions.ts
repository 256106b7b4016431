/** Waiting for what a backend has seen, without polling. */
export interface Conditions {
  /** Look again: something has changed. */
  wake(): void;
  /** Resolves as soon as the condition holds: at once, or at a `wake`. */
  until(condition: () => boolean): Promise<void>;
}

export function conditions(): Conditions {
  const waiters = new Set<() => void>();
  return {
    wake() {
      for (const waiter of [...waiters]) waiter();
    },
    until: (condition) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!condition()) return;
          waiters.delete(look);
          resolve();
        };
        waiters.add(look);
        look();
      }),
  };
}
