/**
 * Ends what grpc-js 1.14 leaves behind of a client that is closed before it is connected: a connection in back-off is
 * made once more when that is over, and then held for nobody; one to a server that never says a word waits for ever.
 */
import type { Socket } from 'node:net';
import type { ChannelCredentials } from '@grpc/grpc-js';

type Connector = ReturnType<ChannelCredentials['_createSecureConnector']>;

/** The same credentials; a connection made with them ends with the client that wanted it. */
export function abandonable(credentials: ChannelCredentials): ChannelCredentials {
  // Before 1.13 there is no such method.
  if (typeof credentials._createSecureConnector !== 'function') return credentials;
  const connector: ChannelCredentials['_createSecureConnector'] = (...args) =>
    abandonableConnector(credentials._createSecureConnector(...args));
  return Object.create(credentials, { _createSecureConnector: { value: connector } }) as ChannelCredentials;
}

function abandonableConnector(connector: Connector): Connector {
  const sockets = new Set<Socket>();
  let abandoned = false;
  return {
    waitForReady() {
      return abandoned ? Promise.reject(new Error('the client has been closed')) : connector.waitForReady();
    },
    connect(socket) {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      if (abandoned) socket.destroy();
      return connector.connect(socket);
    },
    getCallCredentials: () => connector.getCallCredentials(),
    destroy() {
      abandoned = true;
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
      connector.destroy();
    },
  };
}
