export * from './errors.ts';
export * from './records.ts';
export * from './wire/index.ts';
