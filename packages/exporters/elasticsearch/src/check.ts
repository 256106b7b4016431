/** Rules of the configuration that its schema cannot state. */
import { checkHttpOptions, checkOwnHeaders, isOff } from '@telemetryflow/http';
import type { Problem } from '@telemetryflow/kernel';
import { authorization, cloudUrl, isManaged, nodesOf } from './cluster.ts';
import { type ElasticsearchConfig, indexPattern, isOtlp, withFlatTls } from './config.ts';
import { patternProblem } from './index-name.ts';
import { coversDataStreams } from './wanted-template.ts';

/** Set by the protocol. */
const RESERVED_HEADERS: ReadonlySet<string> = new Set(['content-encoding', 'content-type']);

export function checkConfig(config: ElasticsearchConfig): Problem[] {
  return [
    ...checkCluster(config),
    ...checkCredentials(config),
    ...(isOtlp(config) ? checkWithoutEffect(config) : checkIndices(config)),
    ...checkManaged(config),
    ...checkRequests(config),
    ...checkHttpOptions({ ...config, endpoint: '', tls: withFlatTls(config) }, nodesOf(config)),
  ];
}

function checkCluster({ endpoints, cloud_id }: ElasticsearchConfig): Problem[] {
  const urls = typeof endpoints === 'string' ? [endpoints] : (endpoints ?? []);
  const named = urls.filter((url) => url !== '');
  const cloud = cloud_id !== undefined && cloud_id !== '';
  if (!cloud && named.length === 0) {
    return [
      {
        path: ['endpoints'],
        message: 'no node is named',
        hint: 'set it to the URL of the cluster, as ["https://localhost:9200"], or set cloud_id',
      },
    ];
  }
  if (cloud && named.length > 0) {
    return [{ path: ['cloud_id'], message: 'both endpoints and cloud_id are set', hint: 'keep one of them' }];
  }
  if (cloud && cloudUrl(cloud_id) === undefined) {
    return [{ path: ['cloud_id'], message: 'this is no Cloud ID', hint: 'copy it from the page of the deployment' }];
  }
  return [];
}

function checkCredentials(config: ElasticsearchConfig): Problem[] {
  const problems: Problem[] = [];
  const { username, password, api_key, bearer_token } = config;
  const user = username !== undefined && username !== '';
  const word = password !== undefined && !password.empty;
  if (user && !word) problems.push({ path: ['password'], message: 'there is a username without a password' });
  if (word && !user) problems.push({ path: ['username'], message: 'there is a password without a username' });
  const kinds = [
    ...(user || word ? ['username and password'] : []),
    ...(api_key !== undefined && !api_key.empty ? ['api_key'] : []),
    ...(bearer_token !== undefined && !bearer_token.empty ? ['bearer_token'] : []),
  ];
  if (kinds.length > 1) {
    problems.push({
      path: [kinds.at(-1) ?? 'api_key'],
      message: `${kinds.join(' and ')} are set`,
      hint: 'keep one way to authenticate',
    });
  }
  problems.push(...checkOwnHeaders(config.headers, RESERVED_HEADERS));
  return problems;
}

function checkIndices(config: ElasticsearchConfig): Problem[] {
  const problems: Problem[] = [];
  for (const key of ['index', 'metrics_index', 'logs_index', 'traces_index'] as const) {
    const pattern = config[key];
    if (pattern === undefined || pattern === '') continue;
    const problem = patternProblem(pattern);
    if (problem !== undefined)
      problems.push({ path: [key], message: `"${pattern}" is no name for an index: ${problem}` });
    else if (config.template === 'auto' && config.mapping === 'otel' && coversDataStreams(pattern)) {
      problems.push({
        path: [key],
        message: `no index template is installed for "${pattern}", since it would apply to data streams of the server`,
        hint: 'begin the name with another word, install a template by hand, or use data_stream; template: off ends this remark',
        severity: 'warning',
      });
    }
  }
  const { data_stream, index } = config;
  if (data_stream !== undefined && index !== undefined && index !== '') {
    const signals = (['metrics', 'logs', 'traces'] as const).filter(
      (signal) => indexPattern(config, signal) === undefined,
    );
    if (signals.length > 0) {
      problems.push({
        path: ['index'],
        message: `${signals.join(', ')} go to data streams, so index has no effect on them`,
        hint: 'remove data_stream, or name an index per signal as logs_index',
        severity: 'warning',
      });
    }
  }
  return problems;
}

/** Over OTLP the server makes the documents: what only the bulk API offers would be silently ignored. */
function checkWithoutEffect(config: ElasticsearchConfig): Problem[] {
  const { index, metrics_index, logs_index, traces_index, pipeline, index_date_window } = config;
  const set: Readonly<Record<string, boolean>> = {
    index: isSet(index),
    metrics_index: isSet(metrics_index),
    logs_index: isSet(logs_index),
    traces_index: isSet(traces_index),
    pipeline: isSet(pipeline),
    index_date_window: index_date_window !== undefined,
    mapping: config.mapping !== 'otel',
    template: config.template !== 'auto',
    document_id: config.document_id !== 'auto',
  };
  return Object.keys(set)
    .filter((option) => set[option] === true)
    .map((option) => ({
      path: [option],
      message: 'this has no effect over OTLP, where the server makes the documents and writes to data streams',
      hint: 'remove it, or use protocol: bulk; data_stream chooses the data stream',
      severity: 'warning',
    }));
}

function isSet(text: string | undefined): boolean {
  return text !== undefined && text !== '';
}

function checkManaged(config: ElasticsearchConfig): Problem[] {
  if (!nodesOf(config).some(isManaged)) return [];
  if (!isOtlp(config)) {
    return [
      {
        path: ['protocol'],
        message: 'the managed endpoint has no bulk API',
        hint: 'set protocol: otlp, or name a node',
      },
    ];
  }
  const problems: Problem[] = [];
  const { authorization: sent = '' } = authorization(config);
  if (sent !== '' && !sent.startsWith('ApiKey ')) {
    problems.push({
      path: ['api_key'],
      message: 'the managed endpoint takes API keys only',
      hint: 'set api_key to one with the privilege event:write of the application apm',
    });
  }
  if (config.temporality === 'as_is' && !isOff(config, 'metrics')) {
    problems.push({
      path: ['temporality'],
      message: 'the managed endpoint drops cumulative histograms',
      hint: 'set temporality: delta',
      severity: 'warning',
    });
  }
  return problems;
}

function checkRequests({ compression, flush_bytes, pipeline }: ElasticsearchConfig): Problem[] {
  const problems: Problem[] = [];
  if (compression === 'zstd') {
    problems.push({ path: ['compression'], message: 'the server takes no zstd', hint: 'use gzip' });
  }
  if (flush_bytes < 1024) problems.push({ path: ['flush_bytes'], message: 'a request needs 1 KiB at least' });
  if (flush_bytes > 100 * 1024 * 1024) {
    problems.push({
      path: ['flush_bytes'],
      message: 'servers take 100 MB at most',
      hint: 'the vendor advises 5 to 15 MB',
    });
  }
  if (pipeline !== undefined && /[/\\\p{Cc}]/u.test(pipeline)) {
    problems.push({ path: ['pipeline'], message: 'this is no name of an ingest pipeline' });
  }
  return problems;
}
