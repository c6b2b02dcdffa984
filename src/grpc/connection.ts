import { isIP, type Socket } from 'node:net';
import { type ChannelCredentials, type ChannelOptions, Client, credentials } from '@grpc/grpc-js';
import { isLoopback, type SessionSettings } from './session-settings.js';

/** Answers with 768-number embeddings for many tasks fit; beyond it something is wrong. */
const MAX_RESULT_BYTES = 16 * 1024 * 1024;
/** Time that an open connection has to say goodbye; a peer that is gone would keep it for many minutes. */
const CLOSE_GRACE_MS = 1000;

/** A client with a connection of its own, so that sessions neither share flow control nor fail together. */
export class Connection {
  /** Makes calls, until the connection is closed. */
  readonly client: Client;
  readonly #sockets = new Set<Socket>();
  #closed = false;

  constructor({ endpoint, tls, keepaliveMs }: SessionSettings) {
    const options: ChannelOptions = {
      'grpc.keepalive_time_ms': keepaliveMs,
      'grpc.keepalive_timeout_ms': 20_000,
      'grpc.keepalive_permit_without_calls': 0,
      'grpc.max_receive_message_length': MAX_RESULT_BYTES,
      'grpc.use_local_subchannel_pool': 1,
      // Retries buffer up to 1 MiB a call and report it as written: 30 s of audio that flow control would not see.
      'grpc.enable_retries': 0,
      'grpc.per_rpc_retry_buffer_size': 0,
      // To a proxy, this machine's loopback is another, and plaintext for it would cross the network.
      'grpc.enable_http_proxy': isLoopback(endpoint) ? 0 : 1,
      ...(tls?.serverName !== undefined && { 'grpc.ssl_target_name_override': tls.serverName }),
    };
    this.client = new Client(endpoint, this.#watched(tls ? tlsCredentials(tls) : credentials.createInsecure()), options);
  }

  /** Ends the connection, and one that is still being made; calls must have ended or been cancelled. */
  close({ graceMs = CLOSE_GRACE_MS }: { graceMs?: number } = {}): void {
    if (this.#closed) return;
    this.#closed = true;
    this.client.close();
    const destroy = () => {
      for (const socket of this.#sockets) socket.destroy();
    };
    if (graceMs === 0) destroy();
    else if (this.#sockets.size > 0) setTimeout(destroy, graceMs).unref();
  }

  /**
   * Has the credentials tell of every socket before it is used: grpc-js closes neither one that hangs in a handshake, nor one whose peer
   * is gone, and after a failure it connects once more to a server that came back, though the client was closed.
   */
  #watched(credentials: ChannelCredentials): ChannelCredentials {
    const createConnector = credentials._createSecureConnector.bind(credentials);
    credentials._createSecureConnector = (...options) => {
      const connector = createConnector(...options);
      withoutAddressAsName(connector);
      const connect = connector.connect.bind(connector);
      connector.connect = (socket) => {
        if (this.#closed) return Promise.reject(new Error('the connection was closed'));
        this.#sockets.add(socket);
        socket.once('close', () => this.#sockets.delete(socket));
        return connect(socket);
      };
      return connector;
    };
    return credentials;
  }
}

/** grpc-js gives an IP address as the name of the server, which TLS doesn't have (RFC 6066) and Node refuses from version 26 on. */
function withoutAddressAsName(connector: object): void {
  const { connectionOptions } = connector as { connectionOptions?: { servername?: string } };
  if (connectionOptions?.servername !== undefined && isIP(connectionOptions.servername)) connectionOptions.servername = '';
}

function tlsCredentials({ ca, cert, key }: NonNullable<SessionSettings['tls']>): ChannelCredentials {
  const pem = (value: string | Buffer | undefined) => (value === undefined ? null : Buffer.from(value as string));
  return credentials.createSsl(pem(ca), pem(key), pem(cert));
}
