/** What the entry of a loading process does first: stays alive, says so, and lets no module end it. */
import process from 'node:process';
import { every, systemClock } from '@tenantry/core/internal';

const SIGN_OF_LIFE_MS = 1_000;

export interface LoadingGuard<Message> {
  readonly say: (message: Message | { readonly kind: 'alive' }) => void;
  /**
   * What a module has asked for since the last call, in words: one that catches everything would go on
   * here, and end the process of a service.
   */
  readonly exitAsked: () => string | undefined;
}

export function guardLoading<Message>(): LoadingGuard<Message> {
  const exit = process.exit.bind(process);
  const say: LoadingGuard<Message>['say'] = (message) => void process.send?.(message);
  let asked: string | undefined;
  process.once('disconnect', () => exit(1));
  // Also what keeps this process alive while a module awaits what never comes.
  every(systemClock, SIGN_OF_LIFE_MS, () => say({ kind: 'alive' }));
  process.exit = (code) => {
    asked = `it called process.exit(${code ?? ''})`;
    throw new Error(asked);
  };
  return {
    say,
    exitAsked: () => {
      const was = asked;
      asked = undefined;
      return was;
    },
  };
}
