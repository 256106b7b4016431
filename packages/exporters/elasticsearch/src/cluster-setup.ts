/** Asks the cluster what it is, once, and installs the index template where that is wanted and missing. */
import type { HttpClient, HttpResult } from '@telemetryflow/http';
import type { Logger } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import { type ClusterInfo, readInfo } from './cluster-info.ts';
import { type ElasticsearchConfig, indexPattern } from './config.ts';
import { type ClusterMode, UNKNOWN_CLUSTER } from './mode.ts';
import { hasDynamicTemplates, indexTemplate, type TemplateVariant, VARIANTS } from './template.ts';
import { type WantedTemplate, wantedTemplate } from './wanted-template.ts';

const JSON_HEADERS = { 'content-type': 'application/json' };

export class ClusterSetup {
  readonly #client: HttpClient;
  readonly #config: ElasticsearchConfig;
  readonly #signal: Signal;
  readonly #logger: Logger;
  readonly #wanted: WantedTemplate | undefined;
  #mode: ClusterMode | undefined;
  #running: Promise<ClusterMode | HttpResult> | undefined;

  constructor(client: HttpClient, config: ElasticsearchConfig, signal: Signal, logger: Logger) {
    this.#client = client;
    this.#config = config;
    this.#signal = signal;
    this.#logger = logger;
    this.#wanted = wantedTemplate(config, signal);
    if (this.#wanted === undefined && indexPattern(config, signal) !== undefined) this.#mode = UNKNOWN_CLUSTER;
  }

  /** What is known, if anything. */
  get mode(): ClusterMode | undefined {
    return this.#mode;
  }

  /** Replaces what is known: a request has found out more. */
  learn(mode: ClusterMode): ClusterMode {
    const known = this.#mode;
    if (known !== undefined && sameDocuments(known, mode) && known.requireDataStream === mode.requireDataStream)
      return known;
    this.#mode = mode;
    return mode;
  }

  /** The mode, or the answer of the node that kept it from being found; asked once however many wait. */
  prepare(node: string, signal: AbortSignal): Promise<ClusterMode | HttpResult> {
    if (this.#mode !== undefined) return Promise.resolve(this.#mode);
    this.#running ??= this.#find(node, signal).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #find(node: string, signal: AbortSignal): Promise<ClusterMode | HttpResult> {
    const result = await this.#client.request({ method: 'GET', url: `${node}/`, signal });
    if (isTrouble(result)) return result;
    const info = readInfo(result);
    if (this.#wanted === undefined) {
      this.#mode = {
        opensearch: info.opensearch === true,
        dynamicTemplates: this.#signal === 'metrics' && this.#config.mapping === 'otel' && info.atLeast(8, 16),
        requireDataStream: info.atLeast(8, 13),
      };
      return this.#mode;
    }
    const installed = await this.#install(node, this.#wanted, info, signal);
    if ('kind' in installed) return installed;
    this.#mode = installed;
    return installed;
  }

  async #install(
    node: string,
    { name, pattern }: WantedTemplate,
    info: ClusterInfo,
    signal: AbortSignal,
  ): Promise<ClusterMode | HttpResult> {
    const url = `${node}/_index_template/${encodeURIComponent(name)}`;
    const mode = { ...UNKNOWN_CLUSTER, opensearch: info.opensearch === true };
    const present = await this.#client.request({ method: 'GET', url, signal });
    if (isTrouble(present)) return present;
    if (present.kind === 'response' && present.status === 200) {
      const text = Buffer.from(present.body).toString('utf8');
      const flatObject = info.opensearch ?? text.includes('"flat_object"');
      return { ...mode, opensearch: flatObject, dynamicTemplates: !flatObject && hasDynamicTemplates(text) };
    }
    let last: HttpResult = present;
    for (const variant of variantsFor(info)) {
      const body = JSON.stringify(indexTemplate(pattern, variant));
      last = await this.#client.request({ method: 'PUT', url, body, headers: JSON_HEADERS, signal });
      if (isTrouble(last)) return last;
      if (last.kind === 'response' && last.status === 200) {
        this.#logger.info(`installed the index template ${name}`, { pattern, variant });
        return { ...mode, opensearch: variant === 'opensearch', dynamicTemplates: variant === 'elasticsearch' };
      }
      if (last.kind !== 'response' || last.status !== 400) break;
    }
    this.#logger.warn(
      `the index template ${name} could not be installed; attributes of different types under one name will be refused`,
      { status: last.kind === 'response' ? last.status : last.code, hint: 'install it by hand, or set template: off' },
    );
    return mode;
  }
}

/** Those that may suit the server, the richest first. */
function variantsFor({ opensearch }: ClusterInfo): readonly TemplateVariant[] {
  if (opensearch === undefined) return VARIANTS;
  return VARIANTS.filter((variant) => (variant === 'opensearch') === opensearch);
}

/** No answer, or one that says nothing about the cluster: the request that waits meets the same, later. */
function isTrouble(result: HttpResult): boolean {
  if (result.kind === 'failure') return true;
  return (
    result.status === 401 ||
    result.status === 407 ||
    result.status === 408 ||
    result.status === 429 ||
    result.status >= 500
  );
}

/** True when documents are the same in both modes. */
export function sameDocuments(a: ClusterMode, b: ClusterMode): boolean {
  return a.opensearch === b.opensearch && a.dynamicTemplates === b.dynamicTemplates;
}
