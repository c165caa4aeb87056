/** Who did it: decisions and audit entries name their actor. Who is allowed to is left to the socket. */
import process from 'node:process';

/**
 * The runtime by its own policy, or a person: over the socket with a user id, by the API, or over a
 * gateway with the id of the credential.
 */
export type Actor =
  | { readonly kind: 'runtime' }
  | {
      readonly kind: 'operator';
      readonly uid: number | null;
      readonly via: 'socket' | 'api' | 'gateway';
      /** Who it is to the gateway; left out elsewhere. */
      readonly id?: string;
    };

export const RUNTIME: Actor = { kind: 'runtime' };

/** What calls a method of the pool, by the user of its process. */
export const CODE: Extract<Actor, { kind: 'operator' }> = {
  kind: 'operator',
  uid: process.getuid?.() ?? null,
  via: 'api',
};
