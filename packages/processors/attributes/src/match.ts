/** Which items a change is for: the Collector's match properties. All given kinds must match; any of a list does. */
import type { ObjectSchema, Problem } from '@telemetryflow/kernel';
import {
  type AttributeMap,
  type AttributeValue,
  type ResourceRecord,
  type ScopeRecord,
  valueToText,
} from '@telemetryflow/otlp';

interface AttributeMatch {
  readonly key: string;
  readonly value?: AttributeValue;
}
interface LibraryMatch {
  readonly name: string;
  readonly version?: string;
}

export interface MatchConfig {
  readonly match_type: 'strict' | 'regexp';
  readonly services?: readonly string[];
  readonly span_names?: readonly string[];
  readonly span_kinds?: readonly string[];
  readonly log_bodies?: readonly string[];
  readonly log_severity_texts?: readonly string[];
  readonly metric_names?: readonly string[];
  readonly attributes?: readonly AttributeMatch[];
  readonly resources?: readonly AttributeMatch[];
  readonly libraries?: readonly LibraryMatch[];
}

const names = (what: string) =>
  ({ type: 'array', items: { type: 'string', description: 'A name or pattern.' }, description: what }) as const;

const attributeMatches = (what: string) =>
  ({
    type: 'array',
    description: what,
    items: {
      type: 'object',
      description: 'An attribute that must be there, with this value when one is given.',
      required: ['key'],
      properties: {
        key: { type: 'string', description: 'The attribute.' },
        value: { type: 'any', description: 'Its value; a pattern for text with match_type regexp.' },
      },
    },
  }) as const;

export const matchSchema: ObjectSchema<MatchConfig> = {
  type: 'object',
  required: ['match_type'],
  properties: {
    match_type: { type: 'string', enum: ['strict', 'regexp'], description: 'Whole text, or regular expressions.' },
    services: names('Values of service.name.'),
    span_names: names('Names of spans.'),
    span_kinds: names('Kinds of spans: internal, server, client, producer, consumer.'),
    log_bodies: names('Bodies of log records, when they are text.'),
    log_severity_texts: names('Severity texts of log records.'),
    metric_names: names('Names of metrics.'),
    attributes: attributeMatches('Attributes of the item.'),
    resources: attributeMatches('Attributes of the resource.'),
    libraries: {
      type: 'array',
      description: 'Instrumentation scopes.',
      items: {
        type: 'object',
        description: 'A scope by name, and by version when one is given.',
        required: ['name'],
        properties: {
          name: { type: 'string', description: 'Name of the scope.' },
          version: { type: 'string', description: 'Version of the scope.' },
        },
      },
    },
  },
};

/** What an item shows to a match. */
export interface Subject {
  readonly resource: ResourceRecord;
  readonly scope: ScopeRecord;
  readonly attributes: AttributeMap;
  readonly spanName?: string;
  readonly spanKind?: string;
  readonly logBody?: AttributeValue;
  readonly severityText?: string | undefined;
  readonly metricName?: string;
}

/** Patterns that are no regular expressions, and blocks that match nothing in particular. */
export function checkMatch(config: MatchConfig | undefined, path: string): Problem[] {
  if (config === undefined) return [];
  const { match_type: type, ...kinds } = config;
  const given = Object.entries(kinds).filter(([, list]) => list !== undefined && list.length > 0);
  if (given.length === 0) {
    return [
      {
        path: [path],
        message: 'names nothing to match',
        hint: 'Add services, span_names, attributes or another list.',
      },
    ];
  }
  if (type !== 'regexp') return [];
  const problems: Problem[] = [];
  for (const [kind, list] of given) {
    for (const [index, entry] of list.entries()) {
      const text = typeof entry === 'string' ? entry : 'name' in entry ? entry.name : entry.value;
      if (typeof text === 'string' && regexp(text) === undefined) {
        problems.push({
          path: [path, kind, index],
          message: `"${text}" is not a regular expression`,
          hint: 'Correct it, or use match_type: strict.',
        });
      }
    }
  }
  return problems;
}

function regexp(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern, 'u');
  } catch {
    return undefined;
  }
}

type Test = (subject: Subject) => boolean;

/** A predicate for the whole block. */
export function compileMatch(config: MatchConfig): Test {
  const text = textMatcher(config.match_type);
  const tests: Test[] = [];
  const byText = (list: readonly string[] | undefined, of: (subject: Subject) => AttributeValue): void => {
    if (list === undefined || list.length === 0) return;
    const matchers = list.map(text);
    tests.push((subject) => {
      const value = of(subject);
      return typeof value === 'string' && matchers.some((matches) => matches(value));
    });
  };
  byText(config.services, (s) => s.resource.attributes['service.name']);
  byText(config.span_names, (s) => s.spanName);
  byText(config.span_kinds?.map(kindPattern), (s) => s.spanKind);
  byText(config.log_bodies, (s) => s.logBody);
  byText(config.log_severity_texts, (s) => s.severityText);
  byText(config.metric_names, (s) => s.metricName);
  for (const wanted of config.attributes ?? []) tests.push(attributeTest(wanted, text, (s) => s.attributes));
  for (const wanted of config.resources ?? []) tests.push(attributeTest(wanted, text, (s) => s.resource.attributes));
  if (config.libraries !== undefined && config.libraries.length > 0) {
    const libraries = config.libraries.map(({ name, version }) => {
      const nameMatches = text(name);
      const versionMatches = version === undefined ? () => true : text(version);
      return (scope: ScopeRecord) => nameMatches(scope.name) && versionMatches(scope.version ?? '');
    });
    tests.push((s) => libraries.some((matches) => matches(s.scope)));
  }
  return (subject) => tests.every((passes) => passes(subject));
}

/** Kinds as the Collector writes them (`SPAN_KIND_SERVER`) or short (`server`). */
function kindPattern(kind: string): string {
  return kind.replace('SPAN_KIND_', '').toLowerCase();
}

function textMatcher(type: MatchConfig['match_type']): (pattern: string) => (text: string) => boolean {
  if (type === 'strict') return (pattern) => (text) => text === pattern;
  return (pattern) => {
    const expression = regexp(pattern);
    return (text) => expression?.test(text) === true;
  };
}

function attributeTest(
  wanted: AttributeMatch,
  text: (pattern: string) => (text: string) => boolean,
  of: (subject: Subject) => AttributeMap,
): Test {
  const { key, value } = wanted;
  if (value === undefined || value === null) return (s) => Object.hasOwn(of(s), key);
  const matches = text(valueToText(value));
  return (s) => {
    const map = of(s);
    return Object.hasOwn(map, key) && matches(valueToText(map[key]));
  };
}
