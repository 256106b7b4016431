/** The Dockerfile: packages from the lockfile, an image without npm's cache, no root. */
import type { Project } from './files.ts';

export function dockerfile({ receivers }: Project): string {
  const ports = receivers.includes('otlp') ? '4317 4318 13133' : '13133';
  return `FROM node:24-slim AS packages
WORKDIR /agent
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts

FROM node:24-slim
WORKDIR /agent
# Within a container, loopback is reached by nobody else.
ENV NODE_ENV=production LISTEN_HOST=0.0.0.0
COPY --from=packages /agent/node_modules ./node_modules
COPY package.json agent.js telemetry.yaml ./
USER node
EXPOSE ${ports}
HEALTHCHECK CMD ["node", "-e", "fetch('http://127.0.0.1:13133/').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "agent.js"]
CMD ["run", "--config", "telemetry.yaml", "--log-format", "json"]
`;
}
