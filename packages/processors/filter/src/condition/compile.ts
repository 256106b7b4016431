/** Turns the text of a condition into a predicate, and refuses what could never work. */
import { didYouMean } from '@telemetryflow/kernel';
import { type AttributeValue, isDouble as isDoubleAt } from '@telemetryflow/otlp';
import { ENUMS } from './enums.ts';
import { ConditionError } from './error.ts';
import type { Expression } from './expression.ts';
import { FUNCTIONS } from './functions.ts';
import { parse } from './parse.ts';
import { PATHS, type StaticType } from './paths.ts';
import type { ContextName, Subject } from './subject.ts';
import type { Node, PathNode } from './syntax.ts';
import { calculate, compare, isMap } from './values.ts';

export interface Condition {
  readonly text: string;
  /** Throws an EvaluationError where a value is of a kind that the condition cannot work with. */
  readonly matches: (subject: Subject) => boolean;
  /** True when items of the same resource all give the same answer. */
  readonly resourceOnly: boolean;
}

/** Throws a {@link ConditionError} for everything that is not understood. */
export function compileCondition(text: string, context: ContextName): Condition {
  const { get, resourceOnly } = new Compiler(context).condition(parse(text));
  return { text, matches: (subject) => get(subject) === true, resourceOnly };
}

class Compiler {
  readonly #context: ContextName;

  constructor(context: ContextName) {
    this.#context = context;
  }

  /** An expression that is true or false by its nature: a comparison, a logical operation, a function. */
  condition(node: Node): Expression {
    if (node.kind === 'path') {
      throw new ConditionError(
        `${node.name} is a value, not a condition`,
        node.column,
        `Compare it: ${node.name} == …`,
      );
    }
    const expression = this.#expression(node);
    if (expression.type === 'bool') return expression;
    throw new ConditionError('this is a value, not a condition', node.column, 'Compare it with another value.');
  }

  #expression(node: Node): Expression {
    switch (node.kind) {
      case 'logic':
        return this.#logic(node.op, node.terms);
      case 'not': {
        const { get, resourceOnly } = this.condition(node.term);
        return { type: 'bool', get: (s) => get(s) !== true, resourceOnly };
      }
      case 'compare':
        return this.#compare(node);
      case 'math':
        return this.#math(node);
      case 'literal':
        return constant(node.value, node.float);
      case 'enum':
        return this.#enum(node.name, node.column);
      case 'path':
        return this.#path(node);
      case 'call':
        return this.#call(node);
    }
  }

  #logic(op: 'and' | 'or', terms: readonly Node[]): Expression {
    const parts = terms.map((term) => this.condition(term));
    const gets = parts.map(({ get }) => get);
    const resourceOnly = parts.every((part) => part.resourceOnly);
    if (op === 'and') return { type: 'bool', get: (s) => gets.every((get) => get(s) === true), resourceOnly };
    return { type: 'bool', get: (s) => gets.some((get) => get(s) === true), resourceOnly };
  }

  #compare({ op, left, right, column }: Extract<Node, { kind: 'compare' }>): Expression {
    const [l, r] = [this.#expression(left), this.#expression(right)];
    if (!comparable(l.type, r.type)) {
      const message = `a ${l.type} is never equal to a ${r.type}`;
      throw new ConditionError(message, column, 'Compare values of one type.');
    }
    const [a, b] = [l.get, r.get];
    const get = (s: Subject): boolean => compare(op, a(s), b(s));
    return { type: 'bool', get, resourceOnly: l.resourceOnly && r.resourceOnly };
  }

  #math({ op, left, right, column }: Extract<Node, { kind: 'math' }>): Expression {
    const [l, r] = [this.#expression(left), this.#expression(right)];
    for (const { type } of [l, r]) {
      if (type === 'bool' || type === 'map' || type === 'nil') {
        throw new ConditionError(`a ${type} cannot be calculated with`, column);
      }
    }
    const [a, b] = [l.get, r.get];
    const type: StaticType = l.type === 'number' && r.type === 'number' ? 'number' : 'any';
    return { type, get: (s) => calculate(op, a(s), b(s)), resourceOnly: l.resourceOnly && r.resourceOnly };
  }

  #enum(name: string, column: number): Expression {
    const value = ENUMS.get(name);
    if (value !== undefined) return constant(value);
    throw new ConditionError(`${name} is not a known name`, column, didYouMean(name, ENUMS.keys()));
  }

  #path({ name, keys, column }: PathNode): Expression {
    const paths = PATHS[this.#context];
    const field = paths.get(name);
    if (field === undefined) throw this.#unknownPath(name, column);
    const resourceOnly = name.startsWith('resource.');
    if (keys.length === 0) return { type: field.type, get: field.get, isDouble: field.isDouble, resourceOnly };
    if (field.type !== 'map' && field.type !== 'any') {
      throw new ConditionError(`${name} is a ${field.type} and has no keys`, column);
    }
    const container = (s: Subject): AttributeValue => {
      let value = field.get(s);
      for (let i = 0; i < keys.length - 1; i++) value = child(value, keys[i]);
      return value;
    };
    const last = keys.at(-1) ?? '';
    const isDouble = (s: Subject): boolean => {
      const holder = container(s);
      return (isMap(holder) || Array.isArray(holder)) && isDoubleAt(holder, last);
    };
    return { type: 'any', get: (s) => child(container(s), last), isDouble, resourceOnly };
  }

  #unknownPath(name: string, column: number): ConditionError {
    const paths = PATHS[this.#context];
    const hint = paths.has(`${name}.string`)
      ? `Write ${name}.string, which is hexadecimal text.`
      : didYouMean(name, paths.keys());
    const message = `${name} is not a path of ${this.#context} conditions`;
    return new ConditionError(message, column, hint ?? 'The README of this processor lists the paths.');
  }

  #call({ name, args, column }: Extract<Node, { kind: 'call' }>): Expression {
    const entry = FUNCTIONS.get(name);
    if (entry === undefined) {
      throw new ConditionError(`there is no function ${name}`, column, didYouMean(name, FUNCTIONS.keys()));
    }
    if (entry.contexts?.includes(this.#context) === false) {
      const hint = `It works in ${entry.contexts.join(' and ')} conditions.`;
      throw new ConditionError(`${name} cannot be used in ${this.#context} conditions`, column, hint);
    }
    if (args.length !== entry.args.length) {
      const message = `${name} takes ${entry.args.length} arguments, not ${args.length}`;
      throw new ConditionError(message, column, `Write ${name}(${entry.args.join(', ')}).`);
    }
    const expressions = args.map((arg) => this.#expression(arg));
    const resourceOnly = entry.readsItem !== true && expressions.every((each) => each.resourceOnly);
    try {
      const get = entry.make(expressions);
      return { type: entry.type, get, isDouble: name === 'Double' ? () => true : undefined, resourceOnly };
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error);
      throw new ConditionError(`${name}: ${what}`, args.at(-1)?.column ?? column);
    }
  }
}

function constant(value: AttributeValue, float = false): Expression {
  const type =
    value === null ? 'nil' : typeof value === 'string' ? 'string' : typeof value === 'boolean' ? 'bool' : 'number';
  return { type, get: () => value, isDouble: () => float, constant: { value }, resourceOnly: true };
}

function child(value: AttributeValue, key: string | number | undefined): AttributeValue {
  if (typeof key === 'number') return Array.isArray(value) ? value[key] : undefined;
  return key !== undefined && isMap(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function comparable(left: StaticType, right: StaticType): boolean {
  return left === right || left === 'any' || right === 'any' || left === 'nil' || right === 'nil';
}
