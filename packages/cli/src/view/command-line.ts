/** A command as a person types it into a shell: what to do next, ready to be copied. */

/** Nothing that a shell would take for more than a letter. */
const PLAIN = /^[\w@%+=:,./-]+$/;

/** Of `tenantry`, with these words. */
export function commandLine(...words: readonly string[]): string {
  return ['tenantry', ...words.map(shellWord)].join(' ');
}

/** Of one that asks a running pool; `socket` is the one that was named, null where none was. */
export function poolCommand(socket: string | null, ...words: readonly string[]): string {
  return commandLine(...words, ...(socket === null ? [] : ['--socket', socket]));
}

function shellWord(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
