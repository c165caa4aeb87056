/** Who did it: decisions and audit entries name their actor. Who is allowed to is left to the socket. */

/** The runtime by its own policy, or a person: over the socket with a user id, or by the API. */
export type Actor =
  | { readonly kind: 'runtime' }
  | { readonly kind: 'operator'; readonly uid: number | null; readonly via: 'socket' | 'api' };

export const RUNTIME: Actor = { kind: 'runtime' };
