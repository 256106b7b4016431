/** Runs `main` of `<folder>/dist/<module>.js`, or of its TypeScript source in an unbuilt clone, as the command `name`. */
declare function launch(name: string, folder: string, module: string): void;
export = launch;
