/**
 * The index template for documents of OpenTelemetry's shape. Without one, attributes would be mapped dynamically: the
 * first document decides whether `http` is text or an object, and every later one of the other kind is refused.
 */

/** Longer texts are kept in the source, but not indexed. */
const IGNORE_ABOVE = 8191;
const PRIORITY = 200;

/** From the richest to the plainest that a server takes. */
export const VARIANTS = ['elasticsearch', 'without metric types', 'without subobjects', 'opensearch'] as const;
export type TemplateVariant = (typeof VARIANTS)[number];

/** The names that metric values are mapped by; see `point-value.ts`. */
const NUMBERS = { counter_long: 'long', counter_double: 'double', gauge_long: 'long', gauge_double: 'double' } as const;

/** True when the text of an installed template names the dynamic templates of ours. */
export function hasDynamicTemplates(template: string): boolean {
  return Object.keys(NUMBERS).every((name) => template.includes(`"${name}"`)) && template.includes('"histogram"');
}

/** The body of `PUT _index_template/…`. */
export function indexTemplate(pattern: string, variant: TemplateVariant): Readonly<Record<string, unknown>> {
  const opensearch = variant === 'opensearch';
  const flat = opensearch ? { type: 'flat_object' } : { type: 'flattened', ignore_above: IGNORE_ABOVE };
  const keyword = { type: 'keyword', ignore_above: IGNORE_ABOVE };
  const nanos = { type: 'date_nanos' };
  const long = { type: 'long' };
  const owner = { properties: { attributes: flat, schema_url: keyword, dropped_attributes_count: long } };
  const alias = (path: string): object => ({ type: 'alias', path });
  return {
    index_patterns: [pattern],
    priority: PRIORITY,
    _meta: { description: 'OpenTelemetry documents written by TelemetryFlow' },
    template: {
      settings: { 'index.mapping.ignore_malformed': true },
      mappings: {
        dynamic_templates: opensearch ? OPENSEARCH_NUMBERS : named(variant),
        properties: {
          '@timestamp': nanos,
          observed_timestamp: nanos,
          start_timestamp: nanos,
          trace_id: keyword,
          span_id: keyword,
          parent_span_id: keyword,
          trace_state: keyword,
          severity_text: keyword,
          severity_number: long,
          event_name: keyword,
          name: keyword,
          kind: keyword,
          duration: long,
          unit: keyword,
          _metric_names_hash: keyword,
          status: { properties: { code: keyword, message: keyword } },
          attributes: flat,
          dropped_attributes_count: long,
          links: flat,
          body: { properties: { text: { type: 'text' }, structured: flat } },
          resource: owner,
          scope: { properties: { ...owner.properties, name: keyword, version: keyword } },
          metrics: {
            type: 'object',
            ...(variant !== 'opensearch' && variant !== 'without subobjects' && { subobjects: false }),
          },
          message: alias('body.text'),
          log: { properties: { level: alias('severity_text') } },
          trace: { properties: { id: alias('trace_id') } },
          span: { properties: { id: alias('span_id') } },
        },
      },
    },
  };
}

/** Dynamic templates without a condition: they apply where an action line names them. */
function named(variant: TemplateVariant): object[] {
  const numbers = Object.entries(NUMBERS).map(([name, type]) => ({ [name]: { mapping: { type } } }));
  if (variant !== 'elasticsearch') return doubles(['long', 'double']);
  return [
    ...numbers,
    { histogram: { mapping: { type: 'histogram', ignore_malformed: true } } },
    {
      summary: {
        mapping: { type: 'aggregate_metric_double', metrics: ['sum', 'value_count'], default_metric: 'value_count' },
      },
    },
    ...doubles(['double']),
  ];
}

/** Values of metrics are doubles of full width; dynamic mapping alone would take `float`. */
function doubles(types: readonly string[]): object[] {
  return types.map((type) => ({
    [`metrics_${type}`]: { path_match: 'metrics.*', match_mapping_type: type, mapping: { type: 'double' } },
  }));
}

const OPENSEARCH_NUMBERS: readonly object[] = doubles(['long', 'double']);
