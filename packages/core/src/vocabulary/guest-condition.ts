/** How Node is told that it runs agents and no pool, in a thread or a child. */

/** Makes `@tenantry/core` resolve to the part of it that an agent needs. */
export const GUEST_CONDITION = '--conditions=tenantry-guest';
