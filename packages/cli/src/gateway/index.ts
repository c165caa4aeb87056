/** The gateway for servers that somebody else has: mounted by `handle` and `acceptUpgrades`. */
export { createGateway, type Gateway } from './gateway.js';
export { acceptUpgrades } from './accept-upgrades.js';
export { createServer } from './server.js';
export type { GatewayOptionsInput as GatewayOptions } from './gateway-options.js';
export type { GatewayJobs, GatewayParts, GatewayPool } from './ports.js';
export { LOCAL, type Identity } from '../auth/identity.js';
export type { Authenticator } from '../auth/authenticator.js';
