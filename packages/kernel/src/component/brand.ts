/** Marks definitions, so that a second copy of the kernel still recognises them. */
export const DEFINITION: unique symbol = Symbol.for('telemetryflow.definition');
