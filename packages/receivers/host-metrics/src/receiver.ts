/** Measures in a fixed rhythm and hands each measurement on as one batch. */
import {
  batchFromRecords,
  ConsumeError,
  type Receiver,
  type ReceiverContext,
  type TimerHandle,
} from '@telemetryflow/kernel';
import type { AttributeMap, HrTime } from '@telemetryflow/otlp';
import type { HostMetricsConfig, ScraperConfig } from './config.ts';
import { hostAttributes } from './host.ts';
import { linuxMachine } from './linux/machine.ts';
import type { Machine, Measurement, Scraper } from './measurement.ts';
import { toRecords } from './records.ts';
import { linuxScraper, type ScraperName, wantedScrapers } from './scrapers.ts';

export class HostMetricsReceiver implements Receiver {
  readonly #config: HostMetricsConfig;
  readonly #context: ReceiverContext;
  readonly #machine: Machine;
  readonly #disabled: ReadonlySet<string>;
  readonly #failing = new Set<ScraperName>();
  #scrapers: readonly (readonly [ScraperName, Scraper])[] = [];
  #host: AttributeMap = {};
  #bootTime: HrTime = [0, 0];
  #timer: TimerHandle | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(config: HostMetricsConfig, context: ReceiverContext) {
    this.#config = config;
    this.#context = context;
    this.#machine = linuxMachine(config.root_path);
    this.#disabled = new Set(disabledMetrics(Object.values(config.scrapers)));
  }

  async start(): Promise<void> {
    const wanted = wantedScrapers(this.#config.scrapers);
    this.#scrapers = await this.#create(wanted);
    this.#host = await hostAttributes(this.#config.root_path);
    this.#bootTime = await this.#readBootTime();
    // A first, silent measurement: utilization is a difference between two.
    await this.#measure();
    this.#schedule(this.#config.initial_delay);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#running;
  }

  async #create(wanted: readonly ScraperName[]): Promise<readonly (readonly [ScraperName, Scraper])[]> {
    if (process.platform === 'linux') {
      return wanted.map((name) => [name, linuxScraper(name, this.#config.scrapers, this.#config.root_path)]);
    }
    const { portableScrapers } = await import('./portable.ts');
    return portableScrapers(wanted, this.#config.scrapers);
  }

  #schedule(delayMs: number): void {
    this.#timer = this.#context.clock.setTimeout(() => {
      const started = this.#context.clock.monotonic();
      this.#running = this.#scrape().finally(() => {
        this.#running = undefined;
        const spent = this.#context.clock.monotonic() - started;
        if (!this.#stopped && !this.#context.signal.aborted)
          this.#schedule(Math.max(0, this.#config.collection_interval - spent));
      });
    }, delayMs);
  }

  async #scrape(): Promise<void> {
    const measurements = await this.#measure();
    if (measurements.length === 0) return;
    const now = this.#context.clock.now();
    const time: HrTime = [Math.trunc(now / 1000), Math.round((now % 1000) * 1e6)];
    const batch = batchFromRecords('metrics', [toRecords(measurements, this.#host, this.#bootTime, time)]);
    try {
      await this.#context.next.consume(batch);
    } catch (error) {
      // The pipeline has counted the refusal; the next measurement replaces this one.
      if (ConsumeError.is(error)) this.#context.logger.debug('A measurement was refused.', { reason: error.code });
      else this.#context.logger.error('A measurement was lost.', { error });
    }
  }

  async #measure(): Promise<readonly Measurement[]> {
    const all: Measurement[] = [];
    for (const [name, scraper] of this.#scrapers) {
      try {
        for (const m of await scraper.scrape(this.#machine)) {
          if (m.readings.length > 0 && !this.#disabled.has(m.name)) all.push(m);
        }
        this.#failing.delete(name);
      } catch (error) {
        this.#report(name, error);
      }
    }
    if (this.#failing.size === 0) this.#context.status.ok();
    return all;
  }

  /** Once per failure: a scraper that cannot read its file fails at every interval. */
  #report(name: ScraperName, error: unknown): void {
    if (this.#failing.has(name)) return;
    this.#failing.add(name);
    this.#context.logger.warn(`The ${name} scraper cannot measure; the others go on.`, {
      error,
      hint: `Remove ${name} from scrapers, or let the process read /proc.`,
    });
    this.#context.status.recoverable(`scraper ${name} fails`, error);
  }

  async #readBootTime(): Promise<HrTime> {
    const stat = await this.#machine.read('/proc/stat').catch(() => '');
    const seconds = /^btime (\d+)/m.exec(stat)?.[1];
    if (seconds !== undefined) return [Number(seconds), 0];
    const { uptime } = await import('node:os');
    return [Math.trunc(this.#context.clock.now() / 1000 - uptime()), 0];
  }
}

function disabledMetrics(scrapers: readonly (ScraperConfig | undefined)[]): string[] {
  return scrapers.flatMap((scraper) =>
    Object.entries(scraper?.metrics ?? {}).flatMap(([name, { enabled }]) => (enabled ? [] : [name])),
  );
}
