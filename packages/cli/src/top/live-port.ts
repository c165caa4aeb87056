/** PORT: the terminal as the live screen needs it. Who implements it is left to `screen/`. */

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface Key {
  /** `up`, `enter`, `ctrl-c`; for a printable character the character itself. */
  readonly name: string;
  /** What it types; empty for keys that type nothing. */
  readonly text: string;
}

/** Why a live screen ended without being told to; `SIGHUP` also where the terminal is gone. */
export type ScreenEnd = 'interrupted' | 'SIGTERM' | 'SIGHUP';

export type ScreenEvent =
  | { readonly kind: 'key'; readonly key: Key }
  | { readonly kind: 'resized'; readonly size: Size }
  /** It is shown again after the process was stopped. */
  | { readonly kind: 'resumed' }
  | { readonly kind: 'ended'; readonly end: ScreenEnd };

export interface LiveScreen {
  readonly size: Size;
  /** Shows these lines and nothing else, in one write. */
  show(lines: readonly string[]): void;
  /** Forgets what is on the terminal: the next frame is drawn on an empty one. */
  wipe(): void;
  /** Gives the terminal back and stops the process until it is continued. */
  suspend(): void;
  /** Gives the terminal back as it was. May be called twice. */
  close(): void;
}

export interface LiveTerminal {
  /** Takes the terminal over. */
  open(listener: (event: ScreenEvent) => void): LiveScreen;
}
