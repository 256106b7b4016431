/**
 * Reads a condition. Grammar, loosest first:
 *
 *   or:       and ("or" and)*
 *   and:      not ("and" not)*
 *   not:      "not" not | compare
 *   compare:  sum (("==" | "!=" | "<" | "<=" | ">" | ">=") sum)?
 *   sum:      product (("+" | "-") product)*
 *   product:  value ("*" value)*
 *   value:    literal | ENUM | path | Function "(" list ")" | "(" or ")" | "-" value
 */
import { ConditionError } from './error.ts';
import type { Arithmetic, Comparison, Node } from './syntax.ts';
import { type Token, tokenize } from './tokens.ts';

const MAX_DEPTH = 64;
const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=']);

/** The tree of a condition. Throws a {@link ConditionError}, nothing else, whatever the text. */
export function parse(text: string): Node {
  const parser = new Parser(tokenize(text));
  return parser.whole();
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;
  #sums = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): Node {
    const node = this.#or();
    const rest = this.#peek();
    if (rest.kind !== 'end') throw this.#unexpected(rest, 'Join conditions with and, or.');
    return node;
  }

  #or(): Node {
    return this.#chain('or', () => this.#chain('and', () => this.#not()));
  }

  #chain(op: 'and' | 'or', term: () => Node): Node {
    const { column } = this.#peek();
    const terms = [term()];
    while (this.#word(op)) terms.push(term());
    const [only] = terms;
    return terms.length === 1 && only !== undefined ? only : { kind: 'logic', op, terms, column };
  }

  #not(): Node {
    const { column } = this.#peek();
    if (!this.#word('not')) return this.#compare();
    return { kind: 'not', term: this.#nested(column, () => this.#not()), column };
  }

  #compare(): Node {
    const left = this.#sum();
    const { kind, text: op, column } = this.#peek();
    if (kind !== 'symbol' || !isComparison(op)) return left;
    this.#at++;
    const right = this.#sum();
    const further = this.#peek();
    if (further.kind === 'symbol' && isComparison(further.text)) {
      throw this.#unexpected(further, 'Compare two values at a time, and join the comparisons with and.');
    }
    return { kind: 'compare', op, left, right, column };
  }

  #sum(): Node {
    return this.#arithmetic(['+', '-'], () => this.#arithmetic(['*'], () => this.#value()));
  }

  #arithmetic(ops: readonly Arithmetic[], operand: () => Node): Node {
    let left = operand();
    for (;;) {
      const { column, text, kind } = this.#peek();
      const op = kind === 'symbol' ? ops.find((each) => each === text) : undefined;
      if (op === undefined) return left;
      if (++this.#sums > MAX_DEPTH) throw tooDeep(column);
      this.#at++;
      left = { kind: 'math', op, left, right: operand(), column };
    }
  }

  #value(): Node {
    const token = this.#peek();
    const { column, text } = token;
    this.#at++;
    switch (token.kind) {
      case 'string':
        return { kind: 'literal', value: text, column };
      case 'int':
        return { kind: 'literal', value: integer(text), column };
      case 'float':
        return { kind: 'literal', value: Number(text), float: true, column };
      case 'name':
        return this.#named(token);
      case 'symbol':
        if (text === '(') return this.#parenthesized(column);
        if (text === '-') return this.#negative(column);
        break;
      case 'end':
    }
    this.#at--;
    throw this.#unexpected(token);
  }

  #named({ text, column }: Token): Node {
    switch (text) {
      case 'nil':
        return { kind: 'literal', value: null, column };
      case 'true':
      case 'false':
        return { kind: 'literal', value: text === 'true', column };
      case 'and':
      case 'or':
      case 'not':
        throw new ConditionError(`expected a value before ${text}`, column);
    }
    if (this.#symbol('(')) return { kind: 'call', name: text, args: this.#arguments(column), column };
    if (/^[A-Z][A-Z0-9_]+$/.test(text)) return { kind: 'enum', name: text, column };
    return this.#path(text, column);
  }

  #path(first: string, column: number): Node {
    let name = first;
    const keys: (string | number)[] = [];
    for (;;) {
      if (this.#symbol('[')) {
        keys.push(this.#key());
      } else if (this.#symbol('.')) {
        const part = this.#peek();
        if (part.kind !== 'name') throw this.#unexpected(part, 'A name follows a dot.');
        if (keys.length > 0) throw this.#unexpected(part, 'Write a key in brackets, as ["key"].');
        this.#at++;
        name += `.${part.text}`;
      } else return { kind: 'path', name, keys, column };
    }
  }

  #key(): string | number {
    const { kind, text, column } = this.#peek();
    if (kind !== 'string' && kind !== 'int') {
      throw new ConditionError('expected a key', column, 'A key is a string in double quotes, or a number.');
    }
    this.#at++;
    this.#expect(']');
    return kind === 'string' ? text : Number(text);
  }

  #arguments(column: number): readonly Node[] {
    const args: Node[] = [];
    if (this.#symbol(')')) return args;
    do args.push(this.#nested(column, () => this.#or()));
    while (this.#symbol(','));
    this.#expect(')');
    return args;
  }

  #parenthesized(column: number): Node {
    const node = this.#nested(column, () => this.#or());
    this.#expect(')');
    return node;
  }

  #negative(column: number): Node {
    const value = this.#nested(column, () => this.#value());
    if (value.kind === 'literal' && (typeof value.value === 'number' || typeof value.value === 'bigint')) {
      return { ...value, value: -value.value, column };
    }
    return { kind: 'math', op: '-', left: { kind: 'literal', value: 0, column }, right: value, column };
  }

  #nested(column: number, read: () => Node): Node {
    if (++this.#depth > MAX_DEPTH) throw tooDeep(column);
    const node = read();
    this.#depth--;
    return node;
  }

  #peek(): Token {
    const last = this.#tokens.length - 1;
    return this.#tokens[Math.min(this.#at, last)] ?? { kind: 'end', text: '', column: 1 };
  }

  #word(text: string): boolean {
    return this.#take('name', text);
  }

  #symbol(text: string): boolean {
    return this.#take('symbol', text);
  }

  #take(kind: Token['kind'], text: string): boolean {
    const token = this.#peek();
    if (token.kind !== kind || token.text !== text) return false;
    this.#at++;
    return true;
  }

  #expect(symbol: string): void {
    if (!this.#symbol(symbol)) throw this.#unexpected(this.#peek(), `Expected ${symbol}`);
  }

  #unexpected(token: Token, hint?: string): ConditionError {
    const message = token.kind === 'end' ? 'the condition ends too early' : `unexpected ${JSON.stringify(token.text)}`;
    return new ConditionError(message, token.column, hint);
  }
}

function isComparison(text: string): text is Comparison {
  return COMPARISONS.has(text);
}

function integer(text: string): number | bigint {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

function tooDeep(column: number): ConditionError {
  return new ConditionError('the condition is nested too deep', column, 'Write several conditions.');
}
