/** Names of indices: which are legal, and how a pattern gets the date of a record. */

import { MAX_SECONDS } from './timestamp.ts';

/** In bytes. */
const MAX_BYTES = 255;
const ILLEGAL = /[\\/*?"<>|,#: \p{Cc}\p{Lu}]/u;
const HOUR_SECONDS = 3600;
const DAY_MS = 86_400_000;
/** Names that are remembered; a flush touches a handful. */
const MAX_NAMES = 512;

const DIRECTIVES: Readonly<Record<string, (date: Date) => string>> = {
  Y: (date) => String(date.getUTCFullYear()).padStart(4, '0'),
  y: (date) => two(date.getUTCFullYear() % 100),
  m: (date) => two(date.getUTCMonth() + 1),
  d: (date) => two(date.getUTCDate()),
  H: (date) => two(date.getUTCHours()),
  j: (date) => String(dayOfYear(date)).padStart(3, '0'),
  V: (date) => two(isoWeek(date).week),
  G: (date) => String(isoWeek(date).year),
  '%': () => '%',
};

/** What is wrong with a name, as the end of a sentence; `undefined` for a legal one. */
export function indexNameProblem(name: string): string | undefined {
  if (name === '') return 'it is empty';
  if (name === '.' || name === '..' || /^[-_+]/.test(name)) return 'it begins with -, _ or +, or is made of dots';
  if (ILLEGAL.test(name) || !name.isWellFormed()) {
    return 'it holds an upper-case letter, a space, or one of \\ / * ? " < > | , # :';
  }
  return Buffer.byteLength(name) > MAX_BYTES ? `it is longer than ${MAX_BYTES} bytes` : undefined;
}

/** What is wrong with a pattern: an unknown directive, or what is wrong with the names it makes. */
export function patternProblem(pattern: string): string | undefined {
  for (const [, directive = ''] of pattern.matchAll(/%(.?)/g)) {
    if (!Object.hasOwn(DIRECTIVES, directive)) return `%${directive} is no part of a date; use %Y %y %m %d %H %j %V %G`;
  }
  return indexNameProblem(new IndexNamer(pattern).at(0));
}

/** True for a name that may stand where telemetry chooses its index: no system index, and legal. */
export function isChosenIndex(value: unknown): value is string {
  return typeof value === 'string' && !value.startsWith('.') && indexNameProblem(value) === undefined;
}

/** Puts dates into a pattern; names of the same hour are made once. */
export class IndexNamer {
  readonly #pattern: string;
  readonly #dated: boolean;
  readonly #names = new Map<number, string>();

  constructor(pattern: string) {
    this.#pattern = pattern;
    this.#dated = pattern.includes('%');
  }

  /** What stands before the first part of a date. */
  get prefix(): string {
    return this.#pattern.replace(/%.*$/s, '');
  }

  /** The name for a time in seconds since the epoch, which is cut as that of the document is. */
  at(seconds: number): string {
    if (!this.#dated) return this.#pattern;
    const hour = Math.floor((seconds > 0 ? Math.min(seconds, MAX_SECONDS) : 0) / HOUR_SECONDS);
    let name = this.#names.get(hour);
    if (name === undefined) {
      const date = new Date(hour * HOUR_SECONDS * 1000);
      name = this.#pattern.replace(/%(.)/g, (_, directive: string) => DIRECTIVES[directive]?.(date) ?? '');
      if (this.#names.size >= MAX_NAMES) this.#names.clear();
      this.#names.set(hour, name);
    }
    return name;
  }
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

function dayOfYear(date: Date): number {
  return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY_MS) + 1;
}

/** Week and year of ISO 8601: those of the week's Thursday. */
function isoWeek(date: Date): { week: number; year: number } {
  const thursday = new Date(date.getTime() + (4 - (date.getUTCDay() || 7)) * DAY_MS);
  return { week: Math.floor((dayOfYear(thursday) - 1) / 7) + 1, year: thursday.getUTCFullYear() };
}
