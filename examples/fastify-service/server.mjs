// A service that knows nothing of telemetry: it answers requests and writes its log.
import Fastify from 'fastify';

const app = Fastify({ logger: true });

app.get('/orders/:id', async (request) => {
  const { id } = request.params;
  request.log.info({ order: id }, 'order read');
  return { id, state: 'shipped' };
});

await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT ?? 3000) });

// What flushOnExit adds to SIGTERM is the delivery of telemetry; the end of the service is its own.
process.once('SIGTERM', () => app.close());
