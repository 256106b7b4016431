/**
 * What one exporter instance has learned about its receiver: whether it speaks 2.0, takes native histograms, and how
 * often it refused pieces of a batch.
 */
import type { Protocol } from './config.ts';
import { SameFailures } from './same-failures.ts';

/** Until when (ms since the epoch) requests avoid what the receiver did not take. */
export interface Mode {
  readonly v1UntilMs: number;
  readonly classicUntilMs: number;
}

/** A payload as it was sent, for judging the answer. */
export interface SentRequest {
  readonly version: 1 | 2;
  /** Holds native histograms, and nothing else. */
  readonly native: boolean;
  readonly samples: number;
  readonly histograms: number;
  readonly exemplars: number;
  /** Data points of the batch in it. */
  readonly items: number;
  readonly batchId: string;
}

const HOUR_MS = 3_600_000;
/** Refused requests per batch after which the rest is dropped instead of cut in search of the culprits. */
const MAX_REFUSALS = 64;
const MAX_BATCHES = 32;

export class Session {
  readonly protocol: Protocol;
  readonly retryOn429: boolean;
  readonly #now: () => number;
  readonly #refusals = new Map<string, number>();
  readonly #failures = new SameFailures();
  #mode: Mode = { v1UntilMs: 0, classicUntilMs: 0 };
  /** A 2.0 request has been answered as 2.0 demands. */
  provenV2 = false;

  constructor(protocol: Protocol, retryOn429: boolean, now: () => number) {
    this.protocol = protocol;
    this.retryOn429 = retryOn429;
    this.#now = now;
  }

  /** The protocol version to use at `nowMs`. */
  version(nowMs: number): 1 | 2 {
    if (this.protocol === '1.0') return 1;
    return this.protocol === 'auto' && nowMs < this.#mode.v1UntilMs ? 1 : 2;
  }

  /** True while the receiver is known to take no native histograms. */
  classicOnly(nowMs: number): boolean {
    return nowMs < this.#mode.classicUntilMs;
  }

  /** Use 1.0 for an hour. Each call gives a new object, which makes the kernel encode again. */
  fallBackToV1(): Mode {
    this.provenV2 = false;
    this.#mode = { ...this.#mode, v1UntilMs: this.#now() + HOUR_MS };
    return this.#mode;
  }

  /** Send histograms in their classic form for an hour. */
  fallBackToClassic(): Mode {
    this.#mode = { ...this.#mode, classicUntilMs: this.#now() + HOUR_MS };
    return this.#mode;
  }

  /** Count a refused request; false when the batch has had its share. */
  mayCut(batchId: string): boolean {
    const count = (this.#refusals.get(batchId) ?? 0) + 1;
    this.#refusals.delete(batchId);
    this.#refusals.set(batchId, count);
    if (this.#refusals.size > MAX_BATCHES) {
      for (const oldest of this.#refusals.keys()) {
        this.#refusals.delete(oldest);
        break;
      }
    }
    return count <= MAX_REFUSALS;
  }

  /** How often in a row this very request failed with this text. */
  sameFailures(request: SentRequest, text: string): number {
    return this.#failures.count(request, text);
  }
}
