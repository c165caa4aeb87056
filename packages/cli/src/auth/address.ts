/** Which addresses count as one caller, and which are of this machine alone. */
import { BlockList, isIP, isIPv6 } from 'node:net';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
/** Of the 8 groups of an IPv6 address; whoever has one address has all of its /64. */
const NETWORK_GROUPS = 4;

/** Whether only this machine can reach it. A name counts only where it is `localhost`. */
export function isLoopback(host: string): boolean {
  const plain = unmapped(host.replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, ''));
  if (isIP(plain) === 0) return plain.toLowerCase() === 'localhost';
  return LOOPBACK.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4');
}

/** The name under which the bad credentials of an address are counted. */
export function callerOfAddress(address: string): string {
  const plain = unmapped(address.replace(/%.*$/, ''));
  if (!isIPv6(plain)) return `address:${plain.slice(0, 64)}`;
  const [head = '', tail = ''] = new URL(`http://[${plain}]/`).hostname.slice(1, -1).split('::');
  const before = head.split(':').filter((group) => group !== '');
  const after = tail.split(':').filter((group) => group !== '');
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  const network = [...before, ...zeros, ...after].slice(0, NETWORK_GROUPS);
  return `address:${network.join(':')}::/64`;
}

/** An IPv4 address that a socket of both kinds shows as `::ffff:10.0.0.1`. */
function unmapped(address: string): string {
  return MAPPED.exec(address)?.[1] ?? address;
}
