import net from 'node:net';
import tls from 'node:tls';
import { answersWithoutTls } from '../errors/index.js';
import { checkEndpoint } from '../index.js';
import type { DoctorCheck } from './doctor-check.js';
import { describeError } from './error-report.js';
import { ExitCode, exitCodeOf } from './exit-code.js';

const DEADLINE_MS = 10_000;
const PROXIES = ['grpc_proxy', 'https_proxy', 'http_proxy'];

/** Whether the service can be connected to, as a stream would; no call is made and no audio sent. */
export async function checkReachability(endpoint: string | undefined): Promise<DoctorCheck> {
  const name = 'endpoint';
  try {
    const reached = await checkEndpoint({ connectTimeoutMs: DEADLINE_MS, ...(endpoint !== undefined && { endpoint }) });
    const how = reached.isTls ? 'TLS' : 'plaintext';
    return { name, status: 'ok', detail: `${reached.endpoint} answers over ${how} after ${Math.round(reached.tookMs)} ms` };
  } catch (error) {
    const code = exitCodeOf(error);
    const said = error instanceof Error ? error.message : String(error);
    if (code === ExitCode.usage) return { name, status: 'wrong', detail: describeError(error), exitCode: code };
    const reason = await connectionProblem(
      endpoint ?? (process.env.BEHAVIORALSIGNALS_ENDPOINT || 'streaming.behavioralsignals.com:443'),
    );
    const proxies = PROXIES.filter((variable) => process.env[variable] || process.env[variable.toUpperCase()]);
    const proxy = proxies.length > 0 ? `\na proxy is set (${proxies.join(', ')}), and gRPC goes through it` : '';
    return { name, status: 'wrong', detail: `${said}${reason ? `: ${reason}` : ''}${proxy}`, exitCode: ExitCode.connection };
  }
}

/** What a plain connection says about why gRPC's failed, which tells no reasons. */
async function connectionProblem(endpoint: string): Promise<string | undefined> {
  const [, scheme, host = '', port = ''] = /^(?:(https?|grpcs?):\/\/)?\[?([^\]/]*?)\]?(?::(\d+))?\/?$/.exec(endpoint) ?? [];
  const isPlain = scheme === 'http' || scheme === 'grpc';
  const address = { host, port: Number(port || (isPlain ? 80 : 443)) };
  return new Promise((resolve) => {
    const socket = isPlain
      ? net.connect(address)
      : tls.connect({ ...address, ...(net.isIP(host) === 0 && { servername: host }), ALPNProtocols: ['h2'] });
    const settle = (reason?: string) => {
      socket.destroy();
      resolve(reason);
    };
    socket.setTimeout(DEADLINE_MS, () => settle('nothing answers there (a firewall?)'));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      settle(
        answersWithoutTls(error.message) ? `it answers without TLS; if that is meant, write http://${endpoint}` : saidBy(error),
      ),
    );
    socket.once(isPlain ? 'connect' : 'secureConnect', () => settle('something answers there, but it does not speak gRPC'));
  });
}

function saidBy({ message, code }: NodeJS.ErrnoException): string {
  return code && !message.includes(code) ? `${message.trim()} (${code})` : message.trim();
}
