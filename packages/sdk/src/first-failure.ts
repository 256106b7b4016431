/**
 * A guest's log: what goes wrong in an exporter is said once, with cause and fix, and again only after the exporter
 * was well in between. `status()` and `onStatus` tell the rest.
 */
import type { Logger } from '@telemetryflow/kernel';

type Fields = Readonly<Record<string, unknown>>;
type Level = 'error' | 'warn';

export interface FirstFailure {
  readonly logger: Logger;
  /** The component (`exporter:loki`) is well again: its next failure is news. */
  recovered(component: string): void;
}

export function firstFailure(base: Logger): FirstFailure {
  const said = new Map<string, Set<string>>();

  function isNews(level: Level, message: string, fields: Fields | undefined): boolean {
    const component = fields?.['component'];
    if (typeof component !== 'string' || !component.startsWith('exporter:')) return true;
    const about = `${level} ${String(fields?.['reason'] ?? message)}`;
    let known = said.get(component);
    if (known === undefined) {
      known = new Set();
      said.set(component, known);
    }
    if (known.has(about)) return false;
    known.add(about);
    return true;
  }

  return {
    logger: {
      error(message, fields) {
        if (isNews('error', message, fields)) base.error(message, fields);
      },
      warn(message, fields) {
        if (isNews('warn', message, fields)) base.warn(message, fields);
      },
      info: (message, fields) => base.info(message, fields),
      debug: (message, fields) => base.debug(message, fields),
    },
    recovered: (component) => void said.delete(component),
  };
}
