/** What Netdata Cloud says about the space, in the health of an exporter. Data goes on whatever it says. */
import type { ExporterContext, HealthcheckResult, Outcome } from '@telemetryflow/kernel';

const EVERY_MS = 600_000;

/** Asks at the start and every 10 minutes. */
export class SpaceWatch {
  readonly #context: Pick<ExporterContext, 'clock' | 'logger' | 'status' | 'signal'>;
  readonly #ask: (signal: AbortSignal) => Promise<HealthcheckResult>;
  readonly #timeoutMs: number;
  readonly #stopped = new AbortController();
  #timer: { cancel(): void } | undefined;
  #pending: Promise<void> | undefined;
  #problem: string | undefined;
  /** The health is what was said here, and not by the answers of the Agent. */
  #said = false;
  #agentFails = false;

  constructor(
    context: Pick<ExporterContext, 'clock' | 'logger' | 'status' | 'signal'>,
    timeoutMs: number,
    ask: (signal: AbortSignal) => Promise<HealthcheckResult>,
  ) {
    this.#context = context;
    this.#timeoutMs = timeoutMs;
    this.#ask = ask;
  }

  /** Does not wait for the answer. */
  start(): void {
    this.#check();
    this.#timer = this.#context.clock.setInterval(() => this.#check(), EVERY_MS);
  }

  async stop(): Promise<void> {
    this.#timer?.cancel();
    this.#stopped.abort();
    await this.#pending;
  }

  /** To be told of every answer of the Agent, since its troubles are more than a space that is not there. */
  answered({ retry, dropped }: Outcome): void {
    this.#agentFails = retry !== undefined || dropped !== undefined;
  }

  /** Says it again, since an Agent that takes data again makes the health good. */
  show(): void {
    if (this.#agentFails) return;
    const { status } = this.#context;
    if (this.#problem !== undefined) {
      this.#said = true;
      status.recoverable(this.#problem);
    } else if (this.#said) {
      this.#said = false;
      status.ok();
    }
  }

  #check(): void {
    this.#pending ??= this.#once().finally(() => {
      this.#pending = undefined;
    });
  }

  async #once(): Promise<void> {
    const { signal, logger } = this.#context;
    const ended = AbortSignal.any([signal, this.#stopped.signal]);
    const { ok, message } = await this.#ask(AbortSignal.any([ended, AbortSignal.timeout(this.#timeoutMs)])).catch(
      (error: unknown) => ({ ok: false, message: error instanceof Error ? error.message : String(error) }),
    );
    if (ended.aborted) return;
    const problem = ok
      ? undefined
      : `Netdata Cloud does not confirm the space: ${message}; metrics go to the Agent all the same`;
    if (problem !== undefined && problem !== this.#problem) logger.warn(problem);
    this.#problem = problem;
    this.show();
  }
}
