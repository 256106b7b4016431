/** The Kubernetes manifest: one agent per node. Required variables come from a Secret of the agent's name. */
import type { Project } from './files.ts';
import type { Variable } from './variables.ts';

export function daemonset({ name, receivers }: Project, variables: readonly Variable[]): string {
  const host = receivers.includes('host_metrics');
  const secrets = variables.filter(({ required }) => required).flatMap((variable) => fromSecret(name, variable.name));
  const ports = receivers.includes('otlp')
    ? [
        '- { name: otlp-grpc, containerPort: 4317, hostPort: 4317 }',
        '- { name: otlp-http, containerPort: 4318, hostPort: 4318 }',
      ]
    : [];
  return `# kubectl apply -f deploy/daemonset.yaml, after the image is where the nodes can pull it from${
    secrets.length === 0 ? '' : ` and the Secret ${name} exists`
  }.
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: ${name}
  labels: { app.kubernetes.io/name: ${name} }
spec:
  selector:
    matchLabels: { app.kubernetes.io/name: ${name} }
  template:
    metadata:
      labels: { app.kubernetes.io/name: ${name} }
    spec:
      # Longer than the 25 s in which the agent delivers what is queued.
      terminationGracePeriodSeconds: 30
      automountServiceAccountToken: false
      tolerations:
        - { operator: Exists, effect: NoSchedule }
      containers:
        - name: agent
          image: ${name}:1.0.0
          env:
            - { name: LISTEN_HOST, value: 0.0.0.0 }
${lines(12, [...(host ? ['- { name: HOST_ROOT, value: /hostfs }'] : []), ...secrets])}          ports:
            - { name: health, containerPort: 13133 }
${lines(12, ports)}          readinessProbe:
            httpGet: { path: /ready, port: health }
          livenessProbe:
            httpGet: { path: /live, port: health }
            initialDelaySeconds: 15
          resources:
            requests: { cpu: 50m, memory: 128Mi }
            limits: { memory: 512Mi }
          securityContext:
            runAsNonRoot: true
            runAsUser: 1000
            readOnlyRootFilesystem: true
            allowPrivilegeEscalation: false
            capabilities: { drop: [ALL] }
${lines(10, host ? ['volumeMounts:', '  - { name: root, mountPath: /hostfs, readOnly: true, mountPropagation: HostToContainer }'] : [])}${lines(6, host ? ['volumes:', '  - { name: root, hostPath: { path: / } }'] : [])}`;
}

function fromSecret(secret: string, variable: string): readonly string[] {
  return [`- name: ${variable}`, `  valueFrom: { secretKeyRef: { name: ${secret}, key: ${variable} } }`];
}

function lines(indent: number, texts: readonly string[]): string {
  return texts.map((text) => `${' '.repeat(indent)}${text}\n`).join('');
}
