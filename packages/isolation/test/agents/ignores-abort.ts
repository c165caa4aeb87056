/** Waits for something that never comes and does not look at its signal. */
import { defineAgent } from '@tenantry/core';

async function* never(): AsyncGenerator<unknown> {
  yield await new Promise(() => {});
}

export default defineAgent({
  name: 'ignores-abort',
  async run(session) {
    await session.send('deaf');
    for await (const nothing of never()) await session.send(nothing);
  },
});
