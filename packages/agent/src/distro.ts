/** The distribution with everything: its package depends on every component, and its folder is where they are found. */
import { createRequire } from 'node:module';
import type { Distro } from '@telemetryflow/cli';
import { BUILT_IN } from './built-in.ts';

const { version } = createRequire(import.meta.url)('../package.json') as { readonly version: string };

export const FULL: Distro = { version, resolveFrom: import.meta.url, builtIn: BUILT_IN };
