/**
 * kafkajs 2.2.4 looks for requests that a broker's throttling holds back by a timer that it also sets where nothing is
 * throttled and nothing waits, for a time before now: Node.js 24 warns of it on stderr (tulios/kafkajs#1751), and each
 * idle connection wakes the process a thousand times a second for as long as it is open. No option reaches the timer,
 * so the method that sets it is replaced: the timer is for requests that wait.
 */

/** What the method uses of its queue. */
interface RequestQueue {
  readonly throttledUntil: number;
  readonly pending: readonly unknown[];
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
}

/** Milliseconds after which requests are looked at that wait for another reason: that of kafkajs. */
const PENDING_MS = 10;

/** Replaces it in the class of all connections of kafkajs; may be called again. */
export async function mendTimer(): Promise<void> {
  // @ts-expect-error kafkajs has no types for what it does not export.
  const { default: Queue } = await import('kafkajs/src/network/requestQueue/index.js');
  (Queue as { readonly prototype: RequestQueue }).prototype.scheduleCheckPendingRequests = schedule;
}

function schedule(this: RequestQueue): void {
  if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) return;
  const throttled = this.throttledUntil - Date.now();
  this.throttleCheckTimeoutId = setTimeout(
    () => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    },
    throttled > 0 ? throttled : PENDING_MS,
  );
}
