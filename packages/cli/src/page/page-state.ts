/** What the page knows, and how it comes to know it. Pure; drawing it is left to the other files. */
import type { Snapshot } from '@tenantry/core/snapshot';
import type { Me } from './service.js';

/**
 * `connecting`: asked, no answer yet. `signed-out`: a credential is wanted. `live`: figures come in.
 * `stale`: they have stopped, and the last ones are shown.
 */
export type Link = 'connecting' | 'signed-out' | 'live' | 'stale';

export type Change =
  | { readonly kind: 'refused'; readonly said: string }
  | { readonly kind: 'known'; readonly me: Me }
  | { readonly kind: 'figures'; readonly snapshot: Snapshot }
  | {
      readonly kind: 'happened';
      readonly at: string;
      readonly text: string;
      readonly isBad: boolean;
    }
  | { readonly kind: 'lost' }
  | { readonly kind: 'signed-out' };

export interface Happening {
  readonly at: string;
  readonly text: string;
  readonly isBad: boolean;
}

export interface PageState {
  readonly link: Link;
  readonly me: Me | undefined;
  readonly snapshot: Snapshot | undefined;
  /** Newest first. */
  readonly happenings: readonly Happening[];
  readonly refusal: string;
}

export const START: PageState = {
  link: 'connecting',
  me: undefined,
  snapshot: undefined,
  happenings: [],
  refusal: '',
};

const MOST_HAPPENINGS = 100;

/** From which link a change leads where; a change that is not listed leaves it as it is. */
const NEXT: Readonly<Record<Link, Partial<Record<Change['kind'], Link>>>> = {
  connecting: { refused: 'signed-out', figures: 'live', 'signed-out': 'signed-out' },
  'signed-out': { known: 'connecting', figures: 'live' },
  live: { lost: 'stale', refused: 'signed-out', 'signed-out': 'signed-out' },
  stale: { figures: 'live', refused: 'signed-out', 'signed-out': 'signed-out' },
};

export function next(state: PageState, change: Change): PageState {
  const link = NEXT[state.link][change.kind] ?? state.link;
  switch (change.kind) {
    case 'refused':
      return { ...START, link, refusal: change.said };
    case 'signed-out':
      return { ...START, link };
    case 'known':
      return { ...state, link, me: change.me, refusal: '' };
    case 'figures':
      return { ...state, link, snapshot: change.snapshot };
    case 'happened': {
      const { at, text, isBad } = change;
      const happenings = [{ at, text, isBad }, ...state.happenings].slice(0, MOST_HAPPENINGS);
      return { ...state, link, happenings };
    }
    default:
      return { ...state, link };
  }
}

export function mayAct({ me, link }: PageState): boolean {
  return link === 'live' && (me?.role === 'operator' || me?.role === 'admin');
}
