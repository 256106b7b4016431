/** Exporters for tests: one that keeps what it gets and answers as told, one that throws, and something else. */
export const kept = { exported: [], options: [], results: [{ code: 0 }], shutdowns: 0 };

export class KeepingExporter {
  constructor(options) {
    kept.options.push(options);
  }
  export(exported, resultCallback) {
    kept.exported.push(exported);
    const result = kept.results.length > 1 ? kept.results.shift() : kept.results[0];
    if (result !== undefined) resultCallback(result);
  }
  async shutdown() {
    kept.shutdowns += 1;
  }
}

export class ThrowingExporter {
  export() {
    throw new Error('a defect');
  }
  async shutdown() {}
}

export class NoExporter {}
