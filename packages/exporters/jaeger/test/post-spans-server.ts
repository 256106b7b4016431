/** A server of jaeger.api_v2.CollectorService on @grpc/grpc-js that keeps what it is sent. */
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js';

export interface PostSpansServer {
  readonly url: string;
  readonly port: number;
  readonly requests: readonly { readonly message: Buffer; readonly metadata: Readonly<Record<string, unknown>> }[];
  /** The status of the next answers; 0 at first. */
  answer: { readonly code: number; readonly text?: string };
  close(): void;
}

const same = (bytes: Buffer): Buffer => bytes;

export async function startPostSpans(): Promise<PostSpansServer> {
  const requests: { message: Buffer; metadata: Record<string, unknown> }[] = [];
  const server = new Server();
  const method = {
    path: '/jaeger.api_v2.CollectorService/PostSpans',
    requestStream: false as const,
    responseStream: false as const,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  };
  const state: PostSpansServer['answer'][] = [{ code: 0 }];
  server.addService(
    { PostSpans: method },
    {
      PostSpans: ({ request, metadata }: ServerUnaryCall<Buffer, Buffer>, reply: sendUnaryData<Buffer>) => {
        requests.push({ message: request, metadata: metadata.getMap() });
        const { code, text = '' } = state.at(-1) ?? { code: 0 };
        if (code === 0) reply(null, Buffer.alloc(0));
        else reply({ code, details: text });
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    get answer() {
      return state.at(-1) ?? { code: 0 };
    },
    set answer(next) {
      state.push(next);
    },
    close: () => server.forceShutdown(),
  };
}
