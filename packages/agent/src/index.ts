/** The `telemetryflow` command with every component. A distribution of your own starts `@telemetryflow/cli` instead. */
export { main } from './main.ts';
