/** One of the parts an SDK is given (span processor, log record processor, metric reader), and how it ends. */

/** What the SDK contracts ask of every part. */
export interface Part {
  /** After `shutdown`: whatever the SDK still calls does nothing. */
  readonly closed: boolean;
  /** Never rejects. Default time limit: that of the pipeline. After `shutdown` it only waits for that to end. */
  flush(timeoutMs?: number): Promise<void>;
  /** Idempotent; never rejects. What the part still has is delivered. */
  shutdown(timeoutMs?: number): Promise<void>;
}

export interface PartOptions {
  /** Sends what this part and the queues hold. */
  flush(timeoutMs: number | undefined): Promise<unknown>;
  /** Called once; sends, then lets go of the pipeline. */
  end(timeoutMs: number | undefined): Promise<unknown>;
}

export function createPart({ flush, end }: PartOptions): Part {
  let closed = false;
  let ended: Promise<void> = Promise.resolve();
  return {
    get closed() {
      return closed;
    },
    async flush(timeoutMs) {
      if (closed) await ended;
      else await flush(timeoutMs);
    },
    shutdown(timeoutMs) {
      if (!closed) {
        closed = true;
        ended = end(timeoutMs).then(() => undefined);
      }
      return ended;
    },
  };
}
