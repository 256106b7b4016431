/**
 * The gate in front of one destination: whether anything may be sent there now.
 *
 *   clear       everything passes
 *   throttled   the backend named a delay: nothing passes for exactly that long. The backend is alive
 *   broken      5 consecutive retryable failures: 1 s, doubling to 30 s, then one probe. The backend is down
 *   auth        credentials refused: 30 s, 60 s, then every 5 minutes, one probe. The backend is down
 */
export type GateState = 'clear' | 'throttled' | 'broken' | 'auth';

/** Consecutive retryable failures that open the breaker. */
export const BREAKER_FAILURES = 5;
const BREAKER_FIRST_MS = 1000;
const BREAKER_MAX_MS = 30_000;
const AUTH_DELAYS_MS = [30_000, 60_000, 300_000] as const;

export class Gate<Waiting> {
  readonly destination: string;
  /** What the last `send` to this destination returned as `mode`. */
  mode: unknown;
  /** What waits for the gate, in order. */
  readonly parked: Waiting[] = [];
  #state: GateState = 'clear';
  #until = 0;
  #failures = 0;
  #opened = 0;
  #probing = false;

  constructor(destination: string) {
    this.destination = destination;
  }

  get state(): GateState {
    return this.#state;
  }

  /** When the gate lets something pass (monotonic ms); `Infinity` while a probe is on its way. */
  get until(): number {
    if (this.#state === 'clear') return 0;
    return this.#probing ? Infinity : this.#until;
  }

  /** True while the backend gives no sign of life, or refuses our credentials. */
  get down(): boolean {
    return this.#state === 'broken' || this.#state === 'auth';
  }

  /** May something be sent now, alone (`probe`) or freely? */
  admits(now: number): 'all' | 'probe' | 'none' {
    if (this.#state === 'clear') return 'all';
    if (now < this.#until || this.#probing) return 'none';
    if (this.#state === 'throttled') {
      this.#state = 'clear';
      return 'all';
    }
    return 'probe';
  }

  /** The next attempt is the probe. */
  startProbe(): void {
    this.#probing = true;
  }

  /** The destination took or judged what was sent. A delay that it named earlier still runs its time. */
  answered(): void {
    this.#failures = 0;
    this.#opened = 0;
    this.#probing = false;
    if (this.#state !== 'throttled') this.#state = 'clear';
  }

  /** The destination named a delay. It is no failure, and it does not step the back-off. */
  throttle(now: number, delayMs: number): void {
    if (this.#state === 'auth' && !this.#probing) return;
    const until = now + delayMs;
    this.#until = this.#state === 'throttled' ? Math.max(this.#until, until) : until;
    if (this.#state === 'broken') this.#failures = 0;
    this.#state = 'throttled';
    this.#opened = 0;
    this.#probing = false;
  }

  /** A retryable failure; true when it opened the gate. `probe`: it was the probe that failed. */
  failed(now: number, probe: boolean): boolean {
    this.#failures++;
    if (probe) this.#probing = false;
    else if (this.#state !== 'clear' || this.#failures < BREAKER_FAILURES) return false;
    const step = this.#state === 'broken' ? this.#opened : 0;
    this.#open('broken', step, now + Math.min(BREAKER_FIRST_MS * 2 ** step, BREAKER_MAX_MS));
    return true;
  }

  /** Credentials were refused; true when that opened the gate. */
  refused(now: number, probe: boolean): boolean {
    if (probe) this.#probing = false;
    else if (this.#state === 'auth') return false;
    const step = this.#state === 'auth' ? this.#opened : 0;
    this.#open('auth', step, now + (AUTH_DELAYS_MS[Math.min(step, AUTH_DELAYS_MS.length - 1)] ?? 0));
    return true;
  }

  /** The probe ended without saying anything about the destination: another may go at once. */
  probeLost(): void {
    this.#probing = false;
  }

  #open(state: GateState, step: number, until: number): void {
    this.#state = state;
    this.#until = until;
    this.#opened = step + 1;
  }
}
