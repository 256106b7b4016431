/** Whether what came holds what was expected: maps may hold more, lists and values may not. */

/** The first difference as `path: expected …, got …`, or undefined. */
export function difference(expected: unknown, actual: unknown, path = ''): string | undefined {
  if (isMap(expected) && isMap(actual)) {
    for (const [key, value] of Object.entries(expected)) {
      const at = path === '' ? key : `${path}.${key}`;
      if (!Object.hasOwn(actual, key)) return `${at}: expected ${show(value)}, got nothing`;
      const found = difference(value, actual[key], at);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (Array.isArray(expected) && Array.isArray(actual)) {
    for (let i = 0; i < Math.max(expected.length, actual.length); i++) {
      const at = `${path}[${i}]`;
      if (i >= actual.length) return `${at}: expected ${show(expected[i])}, got nothing`;
      if (i >= expected.length) return `${at}: expected nothing, got ${show(actual[i])}`;
      const found = difference(expected[i], actual[i], at);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  return Object.is(expected, actual)
    ? undefined
    : `${path === '' ? 'value' : path}: expected ${show(expected)}, got ${show(actual)}`;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
