/** Which index a document of a signal goes to. */
import type { HrTime, Signal } from '@telemetryflow/otlp';
import { type ElasticsearchConfig, indexPattern } from './config.ts';
import { type DataStream, dataStreamOf } from './data-stream.ts';
import { IndexNamer } from './index-name.ts';

export class Target {
  /** Set for a data stream. */
  readonly stream: DataStream | undefined;
  readonly #namer: IndexNamer;
  readonly #windowSeconds: number | undefined;

  constructor(config: ElasticsearchConfig, signal: Signal) {
    const pattern = indexPattern(config, signal);
    this.stream = pattern === undefined ? dataStreamOf(config, signal) : undefined;
    this.#namer = new IndexNamer(pattern ?? '');
    this.#windowSeconds = config.index_date_window === undefined ? undefined : config.index_date_window / 1000;
  }

  /** The index for a record of this time; `nowMs` in ms since the epoch. */
  index(time: HrTime, nowMs: number): string {
    if (this.stream !== undefined) return this.stream.name;
    const now = nowMs / 1000;
    const near = this.#windowSeconds === undefined || Math.abs(time[0] - now) <= this.#windowSeconds;
    return this.#namer.at(near ? time[0] : now);
  }
}
