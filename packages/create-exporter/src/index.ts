/** Scaffolds exporter packages: `npm create @telemetryflow/exporter my-backend`. */
export { type CreatedExporter, createExporter } from './create-exporter.ts';
export { ScaffoldError } from './error.ts';
export { type Names, namesOf } from './names.ts';
export { COMMON_TEMPLATE, filled, PROJECT_TEMPLATE, type ScaffoldedFile } from './template.ts';
