/** Cuts a condition into tokens. */
import { ConditionError } from './error.ts';

export type TokenKind = 'name' | 'string' | 'int' | 'float' | 'symbol' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** As written; of a string, what it means. */
  readonly text: string;
  /** 1-based. */
  readonly column: number;
}

/** Longest condition; nobody writes one by hand that is longer. */
export const MAX_LENGTH = 10_000;

const SPACE = /\s+/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /\d+(\.\d+)?([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?/y;
const SYMBOL = /==|!=|<=|>=|[<>()[\],.+*-]/y;
const STRING = /"(?:[^"\\]|\\.)*"/sy;
const ESCAPE = /\\(u[0-9a-fA-F]{4}|.)/gs;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' };

/** The tokens, with one of kind `end` as the last. */
export function tokenize(text: string): readonly Token[] {
  if (text.length > MAX_LENGTH) {
    throw new ConditionError(`a condition has at most ${MAX_LENGTH} characters`, 1, 'Write several conditions.');
  }
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  while (at < text.length) {
    const space = take(SPACE);
    if (space !== undefined) {
      at += space.length;
      continue;
    }
    const column = at + 1;
    const [kind, raw] = next(text, at, take);
    tokens.push({ kind, text: kind === 'string' ? unquote(raw, column) : raw, column });
    at += raw.length;
  }
  tokens.push({ kind: 'end', text: '', column: text.length + 1 });
  return tokens;
}

function next(text: string, at: number, take: (pattern: RegExp) => string | undefined): [TokenKind, string] {
  const name = take(NAME);
  if (name !== undefined) return ['name', name];
  const number = take(NUMBER);
  if (number !== undefined) return [/^\d+$/.test(number) ? 'int' : 'float', number];
  const string = take(STRING);
  if (string !== undefined) return ['string', string];
  const symbol = take(SYMBOL);
  if (symbol !== undefined) return ['symbol', symbol];
  const char = String.fromCodePoint(text.codePointAt(at) ?? 0);
  if (char === '"') throw new ConditionError('the string has no end', at + 1, 'Close it with ".');
  throw new ConditionError(`unexpected ${JSON.stringify(char)}`, at + 1, HINTS[char]);
}

const HINTS: Readonly<Record<string, string>> = {
  "'": 'Strings stand in double quotes.',
  '=': 'Compare with ==.',
  '&': 'Write and.',
  '|': 'Write or.',
  '!': 'Write not, or != to compare.',
  '/': 'Division is not supported.',
};

function unquote(raw: string, column: number): string {
  return raw.slice(1, -1).replace(ESCAPE, (sequence, code: string, offset: number) => {
    if (code.length === 5) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    const char = ESCAPES[code];
    if (char !== undefined) return char;
    throw new ConditionError(`unknown escape ${sequence}`, column + 1 + offset, 'Write a backslash as \\\\.');
  });
}
