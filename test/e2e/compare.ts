/** Compares OTLP/JSON requests as sets of items, whatever batches they came in. */

type Json = Readonly<Record<string, unknown>>;

/** Names of the lists on the way from a request to its items, by the list of resources. */
const LEVELS: Readonly<Record<string, readonly [scopes: string, items: string]>> = {
  resourceSpans: ['scopeSpans', 'spans'],
  resourceMetrics: ['scopeMetrics', 'metrics'],
  resourceLogs: ['scopeLogs', 'logRecords'],
};

/** Every item with its resource and scope, in one canonical text each, sorted: equal lists mean equal sets. */
export function itemTexts(requests: readonly Json[]): string[] {
  const texts: string[] = [];
  for (const request of requests) {
    for (const [key, [scopesKey, itemsKey]] of Object.entries(LEVELS)) {
      for (const group of list(request[key])) {
        for (const scope of list(group[scopesKey])) {
          for (const item of list(scope[itemsKey])) {
            const where = {
              resource: group['resource'],
              schemaUrl: group['schemaUrl'],
              scope: scope['scope'],
              scopeSchemaUrl: scope['schemaUrl'],
            };
            for (const one of itemsKey === 'metrics' ? pointsOf(item) : [item])
              texts.push(JSON.stringify(canonical({ ...where, item: one })));
          }
        }
      }
    }
  }
  return texts.sort();
}

/** One metric per data point, so that batches may split a metric. */
function pointsOf(metric: Json): Json[] {
  for (const kind of ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary']) {
    const data = metric[kind] as Json | undefined;
    if (data !== undefined)
      return list(data['dataPoints']).map((point) => ({ ...metric, [kind]: { ...data, dataPoints: [point] } }));
  }
  return [metric];
}

function list(value: unknown): Json[] {
  return Array.isArray(value) ? value : [];
}

const INTEGERS = /^(intValue|asInt|count|zeroCount|bucketCounts|.*UnixNano)$/;
const VALUES = new Set([
  'stringValue',
  'intValue',
  'doubleValue',
  'boolValue',
  'bytesValue',
  'asDouble',
  'asInt',
  'sum',
  'min',
  'max',
]);

/** proto3 defaults left out, integers as text, attributes in the order of their keys. */
function canonical(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => canonical(item, key));
    return key === 'attributes' || key === 'filteredAttributes' ? items.sort(byKey) : items;
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
      .map(([name, inner]) => [name, canonical(inner, name)] as const)
      .filter(([name, inner]) => VALUES.has(name) || !isDefault(inner))
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(entries);
  }
  return INTEGERS.test(key) ? String(value) : value;
}

function byKey(a: unknown, b: unknown): number {
  return String((a as Json)['key']) < String((b as Json)['key']) ? -1 : 1;
}

function isDefault(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return value === undefined || value === null || value === 0 || value === '' || value === '0' || value === false;
}
