/** Has a schema that looks things up and fails at it, which nobody waits for. */
import { defineAgent } from '@tenantry/core';

const schema = {
  safeParse: () => {
    void Promise.reject(new Error('rejected in a schema'));
    throw new Error('it is asynchronous');
  },
};

export default defineAgent({
  name: 'rejects-in-its-schema',
  input: schema as never,
  run: () => 'ran',
});
