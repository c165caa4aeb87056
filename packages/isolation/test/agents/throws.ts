/** Throws an error with a code and a cause, before or after its first await. */
import { defineAgent } from '@tenantry/core';

function failure(): Error {
  const cause = Object.assign(new RangeError('the reason behind'), { code: 'E_BEHIND' });
  return Object.assign(new TypeError('the agent threw', { cause }), { code: 'E_THROWN' });
}

export default defineAgent({
  name: 'throws',
  run(session) {
    if (session.input === 'at once') throw failure();
    if (session.input === 'odd') throw { message: 10n, code: 7 } as unknown as Error;
    if (session.input === 'no error') throw 'a string' as unknown as Error;
    return Promise.resolve().then(() => {
      throw failure();
    });
  },
});
