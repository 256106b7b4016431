/** Everything a component's author needs to test against the same rules as ours. */
export type { Answer, AnswerFault } from './backend/answer.ts';
export * from './backend/certificates.ts';
export * from './backend/grpc-backend.ts';
export * from './backend/http-backend.ts';
export type { RecordedRequest } from './backend/request.ts';
export type { Script } from './backend/script.ts';
export * from './backend/tcp-backend.ts';
export * from './clock.ts';
export * from './contract/contract.ts';
export * from './contract/options.ts';
export { ALL_VALUE_TYPES, ITEM_ID, NON_FINITE, ODD_STRINGS, type Variety } from './data/attributes.ts';
export * from './data/freeze.ts';
export * from './data/items.ts';
export * from './data/logs.ts';
export * from './data/metrics.ts';
export * from './data/pairwise.ts';
export { plantedRecords } from './data/planted.ts';
export { contextOf, type DataOptions, hrTime, TEST_RESOURCE, TEST_SCOPE, timeOf } from './data/resource.ts';
export * from './data/spans.ts';
export * from './fakes/cloudwatch.ts';
export * from './fakes/cloudwatch-otlp.ts';
export {
  type CloudwatchDatum,
  type CloudwatchEvent,
  cloudwatchDatums,
  cloudwatchEvents,
} from './fakes/cloudwatch-rules.ts';
export * from './fakes/coroot.ts';
export * from './fakes/datadog.ts';
export * from './fakes/datadog-agent.ts';
export type { DatadogPoint, DatadogSketch } from './fakes/datadog-metrics.ts';
export * from './fakes/dynatrace.ts';
export * from './fakes/dynatrace-lines.ts';
export * from './fakes/elasticsearch.ts';
export type { BulkDocument } from './fakes/elasticsearch-bulk.ts';
export type { DocumentRefusal, StoredDocument } from './fakes/elasticsearch-index.ts';
export {
  ELASTICSEARCH_OTLP_PROFILE,
  type ElasticsearchOtlpItem,
  type ElasticsearchOtlpRefusal,
} from './fakes/elasticsearch-otlp.ts';
export * from './fakes/hyperdx.ts';
export * from './fakes/influxdb.ts';
export { type InfluxPoint, readInfluxLine } from './fakes/influxdb-lines.ts';
export * from './fakes/instana.ts';
export * from './fakes/instana-plugins.ts';
export * from './fakes/instana-spans.ts';
export * from './fakes/jaeger.ts';
export * from './fakes/jaeger-thrift.ts';
export * from './fakes/kafka.ts';
export type { ReadBatch, ReadRecord } from './fakes/kafka-batch.ts';
export { judgeProduce, type KafkaRules, type Produced } from './fakes/kafka-rules.ts';
export * from './fakes/loki.ts';
export { type LokiEntry, readLokiPush } from './fakes/loki-push.ts';
export * from './fakes/manageengine-gateway.ts';
export * from './fakes/netdata.ts';
export * from './fakes/newrelic.ts';
export { type NewrelicItem, readNewrelicItems } from './fakes/newrelic-items.ts';
export * from './fakes/openobserve.ts';
export * from './fakes/opmanager.ts';
export * from './fakes/otlp.ts';
export * from './fakes/otlp-answers.ts';
export {
  type FakeOtlpGrpc,
  fakeOtlpGrpc,
  type OtlpGrpcOptions,
  otlpGrpcDelay,
  otlpGrpcItemIds,
  otlpGrpcPartial,
  otlpGrpcProfile,
  startOtlpGrpc,
} from './fakes/otlp-grpc.ts';
export * from './fakes/otlp-items.ts';
export * from './fakes/prometheus.ts';
export * from './fakes/prometheus-otlp.ts';
export {
  readWriteRequest,
  type WriteRequest,
  type WrittenHistogram,
  type WrittenLabels,
  type WrittenSample,
  type WrittenSeries,
} from './fakes/remote-write.ts';
export * from './fakes/signoz.ts';
export * from './fakes/sigv4.ts';
export * from './fakes/site24x7.ts';
export * from './fakes/splunk.ts';
export * from './fakes/syslog.ts';
export * from './fakes/webhook.ts';
export type { WebhookEncoding, WebhookItem } from './fakes/webhook-records.ts';
export * from './fakes/zipkin.ts';
export { readZipkinSpans, type ZipkinEndpoint, type ZipkinSpanJson } from './fakes/zipkin-spans.ts';
export * from './faults/fault-run.ts';
export * from './faults/matrix.ts';
export { FAULT_PHASES, type FaultPhase, SOCKET_FAULTS, type SocketFault } from './faults/proxy.ts';
export * from './golden.ts';
export * from './leaks.ts';
export * from './random.ts';
export { REDIRECT_VARIABLE, type RedirectTable, redirectTable, type StandIn } from './redirect/table.ts';
export * from './resolve-text.ts';
export * from './shape/conventions.ts';
export * from './shape/shape.ts';
export * from './through-answer.ts';
export * from './through-encoder.ts';
export * from './through-pipeline.ts';
export * from './through-processor.ts';
