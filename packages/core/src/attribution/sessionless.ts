/**
 * Code of a tenant that runs before there is a session to blame: an agent's schema, which looks at what a
 * session is opened with. Its turns have an owner like any other, whose id is no session's.
 */
const PREFIX = '~';

/** The id of such an owner; `name` tells the pools of one loop apart. */
export function sessionlessId(name: string): string {
  return `${PREFIX}${name}`;
}

/** The session that an owner's id stands for; null where it stands for none. */
export function sessionOf(ownerId: string): string | null {
  return ownerId.startsWith(PREFIX) ? null : ownerId;
}
