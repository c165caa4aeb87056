/** What the process that loads agents is told, and what it says to the one that asked. */
import type { WireError } from '@tenantry/core/internal';

export interface LoaderTask {
  readonly folder: string;
  /** Looks at these files only; null: at all. */
  readonly only: readonly string[] | null;
  /** What is known of these already. */
  readonly except: readonly string[];
  readonly loadTimeoutMs: number;
}

/** One file: the agent it defines, or why it defines none. */
export type AgentFile =
  | { readonly name: string; readonly file: string }
  | { readonly file: string; readonly code: string; readonly message: string };

export type LoaderMessage =
  | { readonly kind: 'alive' }
  /** What happens to the process from now on is this file's doing. */
  | { readonly kind: 'loading'; readonly file: string }
  | { readonly kind: 'loaded'; readonly file: AgentFile }
  | { readonly kind: 'failed'; readonly error: WireError }
  | { readonly kind: 'done' };
