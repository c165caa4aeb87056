/** Takes an address for a server, or says in one coded sentence why it cannot be had. */
import type net from 'node:net';
import { TenantryError, codeOf } from '@tenantry/core';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * Answers the address as it is, with the port that was chosen where 0 was asked for.
 * @throws TENANTRY_ADDRESS_IN_USE, TENANTRY_LISTEN_FAILED
 */
export function listenOn(server: net.Server, { host, port }: Address): Promise<Address> {
  return new Promise((resolve, reject) => {
    const failed = (cause: Error): void => reject(refused({ host, port }, cause));
    server.once('error', failed);
    server.listen({ host, port }, () => {
      server.off('error', failed);
      resolve({ host, port: (server.address() as net.AddressInfo).port });
    });
  });
}

export function urlOf({ host, port }: Address): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function refused(address: Address, cause: Error): TenantryError {
  const isTaken = codeOf(cause) === 'EADDRINUSE';
  return new TenantryError(
    isTaken ? 'TENANTRY_ADDRESS_IN_USE' : 'TENANTRY_LISTEN_FAILED',
    `${urlOf(address)}: ${isTaken ? 'another process listens there already' : cause.message}`,
    { cause, details: { ...address } },
  );
}
