/** What stands where a secret was. The same everywhere, so that it can be searched for. */
export const MASK = '[masked]';
