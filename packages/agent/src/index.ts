/** The telemetryflow command as a library: what a custom distro calls from its own entry file. */
export { main } from './cli.ts';
export { DEFAULT_CONFIG } from './default-config.ts';
export type { Distro, DistroComponent } from './distro.ts';
export { ExitCode } from './exit-code.ts';
export { prometheusText } from './own-metrics.ts';
