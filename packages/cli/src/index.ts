/** The telemetryflow command as a library: what a distribution calls from its own entry file. */
export { main } from './cli.ts';
export type { BuiltIn, Distro, DistroComponent } from './distro.ts';
export { ExitCode } from './exit-code.ts';
