/**
 * What people see of a chain: its status, and log lines that say what happened, what it cost and what to do. The
 * first failure is told at once, repeats at most once a minute with a count of what was left out.
 */
import type { ComponentContext } from '../component/context.ts';
import type { Reason } from '../component/reason.ts';

const REPEAT_MS = 60_000;
/** Different messages remembered; a chain has far fewer, but details come from outside. */
const MAX_MESSAGES = 50;

/** What to do about each reason, for the person who reads the log. */
const HINTS: { readonly [R in Reason]: string } = {
  throttled: 'the backend limits the rate: raise its limit, or send less',
  unavailable: 'the backend is not ready; data waits in the queue',
  timeout: 'check the network and the load of the backend, or raise `timeout`',
  network: 'check `endpoint`, DNS, firewall and TLS settings',
  auth: 'check the credentials and their permissions; data waits in the queue',
  invalid: 'the backend does not accept this data; see the detail',
  too_large: 'the backend refuses this size even for a single item',
  too_old: 'the backend takes no data this old; check clocks and outages',
  unsupported: 'this backend cannot take this kind of data',
  unconverted: 'points without a predecessor cannot be converted; this is expected after a start',
  rejected: 'the backend refused these items; see the detail',
  filtered: 'removed as configured',
  sampled: 'removed as configured',
  queue_full: 'raise `queue.max_requests` or `queue.max_bytes`, or find out why the backend is down',
  memory: 'give the process more memory, or send less',
  shutdown: 'the process stopped before the backend took the data; raise `service.shutdown_timeout`',
  expired: 'the data waited too long in the queue',
  bug: 'a defect of the exporter: please report it',
};

/** What the configuration wants, and nobody has to mend. */
const WANTED: ReadonlySet<Reason> = new Set<Reason>(['filtered', 'sampled']);

interface Suppressed {
  at: number;
  times: number;
  items: number;
}

export class Report {
  readonly #context: ComponentContext;
  readonly #messages = new Map<string, Suppressed>();
  /** Undefined before the first answer. */
  #healthy: boolean | undefined;

  constructor(context: ComponentContext) {
    this.#context = context;
  }

  /** The backend took something. */
  delivered(): void {
    if (this.#healthy === true) return;
    if (this.#healthy === false) {
      this.#safely(() => this.#context.logger.info('The backend takes data again'));
    }
    this.#healthy = true;
    this.#safely(() => this.#context.status.ok());
  }

  /** The backend answers, and took nothing of what it was sent. */
  refused(reason: Reason, detail: string | undefined): void {
    if (this.#healthy === false || WANTED.has(reason)) return;
    this.#healthy = false;
    const message = `Everything sent is refused (${reason})${detail === undefined ? '' : `: ${detail}`}`;
    this.#safely(() => this.#context.status.recoverable(`${message}; ${HINTS[reason]}`));
  }

  /** An attempt failed and its items wait for another. */
  failing(reason: Reason, detail: string | undefined, waitMs: number): void {
    const first = this.#healthy !== false;
    this.#healthy = false;
    const message = `Sending fails (${reason})${detail === undefined ? '' : `: ${detail}`}`;
    if (first) this.#safely(() => this.#context.status.recoverable(`${message}; ${HINTS[reason]}`));
    this.#say('warn', `failing ${reason}`, message, { reason, detail, nextAttemptMs: waitMs, hint: HINTS[reason] }, 0);
  }

  /** Items were given up or refused for good. */
  dropped(items: number, reason: Reason, detail: string | undefined): void {
    const level = WANTED.has(reason) ? 'info' : reason === 'unconverted' ? 'warn' : 'error';
    const message = `Items were dropped (${reason})${detail === undefined ? '' : `: ${detail}`}`;
    this.#say(level, `dropped ${reason}`, message, { reason, detail, hint: HINTS[reason] }, items);
  }

  /** A component broke its contract. */
  bug(what: string, error: unknown): void {
    const fields = error === undefined ? {} : { error, stack: error instanceof Error ? error.stack : undefined };
    this.#say('error', `bug ${what}`, `Defect in the exporter: ${what}`, fields, 0);
  }

  /** A remark of the backend that cost nothing. */
  warning(text: string): void {
    this.#say('warn', `warning ${text}`, text, {}, 0);
  }

  /** Items given up because time ran out at shutdown. */
  lostAtShutdown(items: number): void {
    this.#safely(() => this.#context.logger.error('Items were lost at shutdown', { items, hint: HINTS.shutdown }));
  }

  /** Tell what was left out so far. */
  close(): void {
    for (const [key, suppressed] of this.#messages) {
      if (suppressed.times === 0) continue;
      this.#safely(() =>
        this.#context.logger.warn('Messages were left out', {
          message: key,
          times: suppressed.times,
          ...(suppressed.items > 0 ? { items: suppressed.items } : undefined),
        }),
      );
    }
    this.#messages.clear();
  }

  #say(
    level: 'error' | 'warn' | 'info',
    key: string,
    message: string,
    fields: Readonly<Record<string, unknown>>,
    items: number,
  ): void {
    const now = this.#context.clock.monotonic();
    const known = this.#messages.get(key);
    if (known !== undefined && now - known.at < REPEAT_MS) {
      known.times++;
      known.items += items;
      return;
    }
    if (known === undefined && this.#messages.size >= MAX_MESSAGES) this.close();
    const all = (known?.items ?? 0) + items;
    const said = {
      ...fields,
      ...(all > 0 ? { items: all } : undefined),
      ...(known !== undefined && known.times > 0 ? { suppressed: known.times } : undefined),
    };
    this.#messages.set(key, { at: now, times: 0, items: 0 });
    this.#safely(() => this.#context.logger[level](message, said));
  }

  /** A logger or status that throws must not stop delivery. */
  #safely(tell: () => void): void {
    try {
      tell();
    } catch {
      // Nobody is left to tell.
    }
  }
}
