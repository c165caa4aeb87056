/** Who is calling where everyone who reaches the port may do everything: a loopback port without keys. */
import type { Authenticator, Identity } from './ports.js';

const LOCAL: Identity = {
  kind: 'local',
  id: 'local',
  tenant: null,
  role: 'admin',
  scopes: new Set(['sessions', 'jobs', 'admin']),
};

export const localAuthenticator: Authenticator = {
  identify: () => Promise.resolve(LOCAL),
};
