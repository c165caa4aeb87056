/** What the process that loads agents says to the one that asked. */
import type { WireError } from '@tenantry/core/internal';

/** One file: the agent it defines, or why it defines none. */
export type AgentFile =
  | { readonly name: string; readonly file: string }
  | { readonly file: string; readonly code: string; readonly message: string };

export type LoaderMessage =
  | { readonly kind: 'alive' }
  | { readonly kind: 'found'; readonly files: AgentFile[] }
  | { readonly kind: 'failed'; readonly error: WireError };
