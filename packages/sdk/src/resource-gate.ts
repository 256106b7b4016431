/**
 * Resources whose attributes resolve later (cloud and container detectors): the first batch of such a resource waits
 * for them, 5 s at most and once per resource.
 */
import type { Clock, Logger } from '@telemetryflow/kernel';
import { waitAtMost } from '@telemetryflow/kernel';

/** What of an SDK's resource matters here. */
export interface AsyncResource {
  readonly asyncAttributesPending?: boolean;
  readonly waitForAsyncAttributes?: () => Promise<void>;
}

const LONGEST_WAIT_MS = 5000;

export class ResourceGate {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #waits = new WeakMap<AsyncResource, Promise<void>>();
  readonly #settled = new WeakSet<AsyncResource>();

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** What to wait for before this resource is sent; undefined when it can go at once. Never rejects. */
  pending(resource: AsyncResource): Promise<void> | undefined {
    if (resource.asyncAttributesPending !== true || this.#settled.has(resource)) return undefined;
    let wait = this.#waits.get(resource);
    if (wait === undefined) {
      wait = this.#wait(resource);
      this.#waits.set(resource, wait);
    }
    return wait;
  }

  async #wait(resource: AsyncResource): Promise<void> {
    const waited = await waitAtMost(resolving(resource), LONGEST_WAIT_MS, this.#clock);
    this.#settled.add(resource);
    if (waited.done && waited.error === undefined) return;
    this.#logger.warn('Attributes of the resource are missing: a resource detector did not deliver them.', {
      ...(waited.done ? { error: waited.error } : { waitedMs: LONGEST_WAIT_MS }),
      hint: 'remove the detector, or find out why it fails here; telemetry goes on without these attributes',
    });
  }
}

async function resolving(resource: AsyncResource): Promise<void> {
  await resource.waitForAsyncAttributes?.();
}
