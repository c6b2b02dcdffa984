import { BlockList, isIPv4 } from 'node:net';
import { OptionError } from '../errors/index.js';

/** The first that is set names the proxy, for TLS and plaintext alike; so it is in grpc-js. */
const PROXY_VARIABLES = ['grpc_proxy', 'https_proxy', 'http_proxy'] as const;

/**
 * Checks that a proxy which the environment names for a server can be used: grpc-js would connect past one that it doesn't know, such as a
 * SOCKS proxy.
 *
 * @param target `host:port` of the server.
 * @throws OptionError that names the variable; not its value, which can hold a password.
 */
export function checkProxyEnvironment(target: string): void {
  const host = target.replace(/:\d+$/, '');
  const variable = PROXY_VARIABLES.find((name) => process.env[name]);
  if (!variable || isExempt(host)) return;
  const url = process.env[variable] ?? '';
  if (URL.canParse(url) && new URL(url).protocol === 'http:') return;
  throw new OptionError(
    `the environment variable ${variable}`,
    `must be an http:// URL, since no other kind of proxy can be used; unset it, or list ${host} in no_proxy, to connect without one`,
  );
}

/** As grpc-js reads `no_grpc_proxy` and `no_proxy`: endings of names, addresses, and networks such as 10.0.0.0/8. */
function isExempt(host: string): boolean {
  const listed = (process.env.no_grpc_proxy || process.env.no_proxy || '').split(',').filter((entry) => entry !== '');
  return listed.some((entry) => host.endsWith(entry) || isWithin(host, entry));
}

function isWithin(host: string, network: string): boolean {
  const [address = '', prefix = ''] = network.split('/');
  if (!isIPv4(host) || !isIPv4(address) || !/^\d+$/.test(prefix) || Number(prefix) > 32) return false;
  const range = new BlockList();
  range.addSubnet(address, Number(prefix), 'ipv4');
  return range.check(host, 'ipv4');
}
