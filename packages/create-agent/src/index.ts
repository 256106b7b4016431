/** `npm create @telemetryflow/agent`: a project for an agent of your own. */
export { main } from './cli.ts';
