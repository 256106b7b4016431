/** What a scraper measures: values under an OpenTelemetry name, before they become data points. */

export type Attributes = Readonly<Record<string, string | number>>;

export interface Reading {
  readonly value: number;
  readonly attributes: Attributes;
}

/** One metric of the semantic conventions (`system.*`), with all its readings of one moment. */
export interface Measurement {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  /** counter: monotonic sum since boot; updown: sum that may fall; gauge: the last value. */
  readonly kind: 'counter' | 'updown' | 'gauge';
  readonly type: 'int' | 'double';
  readonly readings: readonly Reading[];
}

/** Where a scraper reads the machine; a test hands in files of another one. */
export interface Machine {
  /** The text of a file under /proc or /sys. */
  read(path: string): Promise<string>;
  /** Space of the filesystem at a mount point. */
  statfs(path: string): Promise<FilesystemSpace>;
  /** Milliseconds on a monotonic scale. */
  monotonic(): number;
}

/** As `statfs(2)` answers: blocks of `bsize` bytes, inodes in `files` and `ffree`. */
export interface FilesystemSpace {
  readonly bsize: number;
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
  readonly files: number;
  readonly ffree: number;
}

/** Measures one area of the machine; keeps what the next scrape needs for differences. */
export interface Scraper {
  scrape(machine: Machine): Promise<readonly Measurement[]>;
}
