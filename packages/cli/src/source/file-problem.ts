/** A failure of the file system as people read it. What was to be done with the file is left to the caller. */

/** With the system's code and a sentence. */
export class FileProblem extends Error {
  readonly code: string | undefined;

  constructor(message: string, code: string | undefined) {
    super(message);
    this.code = code;
  }
}

export function whyOf(cause: unknown): string {
  const { message } = cause as Error;
  // `EACCES: permission denied, open '…'`: the code and the path are said already.
  return /^[A-Z]+: ([^,]+)/.exec(message)?.[1] ?? message;
}
