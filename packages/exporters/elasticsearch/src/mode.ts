/** What was learned about the cluster, as far as it changes documents and requests. */
export interface ClusterMode {
  readonly opensearch: boolean;
  /** Action lines may name dynamic templates for metrics: the mapping that is written to holds them. */
  readonly dynamicTemplates: boolean;
  /** The server can be told to write to data streams only. */
  readonly requireDataStream: boolean;
}

/** Until the cluster has answered. */
export const UNKNOWN_CLUSTER: ClusterMode = { opensearch: false, dynamicTemplates: false, requireDataStream: false };

/** The mode of a request, whatever the kernel hands over. */
export function modeOf(mode: unknown): ClusterMode {
  return (mode as ClusterMode | undefined) ?? UNKNOWN_CLUSTER;
}

/** `flat_object` of OpenSearch has no `ignore_above`: it refuses terms over 32766 bytes. */
const OPENSEARCH_TEXT = 8191;

/** Characters of the longest attribute value that the cluster takes. */
export function longestText({ opensearch }: ClusterMode): number {
  return opensearch ? OPENSEARCH_TEXT : Number.POSITIVE_INFINITY;
}
