import { type ChannelCredentials, type ChannelOptions, Client, credentials } from '@grpc/grpc-js';
import { OptionError } from '../errors/index.js';
import type { SessionSettings } from './session-settings.js';

/** Answers with 768-number embeddings for many tasks fit; beyond it something is wrong. */
const MAX_RESULT_BYTES = 16 * 1024 * 1024;

/** A client with a connection of its own, so that sessions neither share flow control nor fail together. */
export function openChannel({ endpoint, tls, keepaliveMs }: SessionSettings): Client {
  const options: ChannelOptions = {
    'grpc.keepalive_time_ms': keepaliveMs,
    'grpc.keepalive_timeout_ms': 20_000,
    'grpc.keepalive_permit_without_calls': 0,
    'grpc.max_receive_message_length': MAX_RESULT_BYTES,
    'grpc.use_local_subchannel_pool': 1,
    // Retries buffer up to 1 MiB a call and report it as written: 30 s of audio that flow control would not see.
    'grpc.enable_retries': 0,
    'grpc.per_rpc_retry_buffer_size': 0,
    ...(tls?.serverName !== undefined && { 'grpc.ssl_target_name_override': tls.serverName }),
  };
  return new Client(endpoint, tls ? tlsCredentials(tls) : credentials.createInsecure(), options);
}

function tlsCredentials({ ca, cert, key }: NonNullable<SessionSettings['tls']>): ChannelCredentials {
  const pem = (value: string | Buffer | undefined) => (value === undefined ? null : Buffer.from(value as string));
  try {
    return credentials.createSsl(pem(ca), pem(key), pem(cert));
  } catch (cause) {
    throw new OptionError(
      'tls',
      `holds a certificate or key that can't be read (${cause instanceof Error ? cause.message : cause})`,
    );
  }
}
