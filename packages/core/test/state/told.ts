/** A listener that keeps what it is told, as short words. */
import type { StateListener } from '../../src/state/state-trouble.js';

export class Told implements StateListener {
  readonly words: string[] = [];

  troubled(error: Error & { readonly code: string }): void {
    this.words.push(`troubled ${error.code}`);
  }

  recovered(): void {
    this.words.push('recovered');
  }

  damaged(error: Error & { readonly code: string }): void {
    this.words.push(`damaged ${error.code}`);
  }
}
