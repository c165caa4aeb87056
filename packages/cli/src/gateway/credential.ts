/** Where a request carries who it is: a header, or for browsers' sockets a subprotocol. Never the URL. */
import type { IncomingMessage } from 'node:http';
import { BEARER_PROTOCOL_PREFIX, TICKET_PROTOCOL_PREFIX } from '@tenantry/core/client';

const BEARER = /^Bearer +([^\s]+) *$/i;

export interface Credentials {
  readonly credential: string | undefined;
  readonly ticket: string | undefined;
}

export function credentialsOf({ headers }: IncomingMessage): Credentials {
  const bearer = BEARER.exec(headers.authorization ?? '')?.[1];
  const protocols = protocolsOf(headers['sec-websocket-protocol']);
  const encoded = suffixOf(protocols, BEARER_PROTOCOL_PREFIX);
  return {
    credential:
      bearer ?? (encoded === undefined ? undefined : Buffer.from(encoded, 'base64url').toString()),
    ticket: suffixOf(protocols, TICKET_PROTOCOL_PREFIX),
  };
}

function protocolsOf(header: string | undefined): readonly string[] {
  return (header ?? '').split(',').map((protocol) => protocol.trim());
}

function suffixOf(protocols: readonly string[], prefix: string): string | undefined {
  return protocols.find((protocol) => protocol.startsWith(prefix))?.slice(prefix.length);
}
