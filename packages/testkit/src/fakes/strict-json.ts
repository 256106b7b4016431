/** JSON as strict servers read it: a member that stands twice in one object is an error. */

/** Parses one JSON text; throws a `SyntaxError` for what is none, and for a member that stands twice. */
export function parseStrictJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  refuseRepeatedMembers(text);
  return value;
}

/** The text is JSON already: only strings, braces and what stands before a colon need a look. */
function refuseRepeatedMembers(text: string): void {
  const open: (Set<string> | undefined)[] = [];
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"\s*:|"(?:[^"\\]|\\.)*"|[{}[\]]/g)) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(undefined);
    else if (token === '}' || token === ']') open.pop();
    else if (token.endsWith(':')) {
      const name = JSON.parse(token.slice(0, -1)) as string;
      const members = open.at(-1);
      if (members?.has(name) === true) throw new SyntaxError(`Duplicate field '${name}'`);
      members?.add(name);
    }
  }
}
