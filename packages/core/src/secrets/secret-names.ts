/** Which names say that their value is a secret. What a value itself looks like: `secret-patterns.ts`. */

/** Anywhere in a name, whatever stands around it: `dbPassword`, `X-Api-Key`, `AWS_SECRET_ACCESS_KEY`. */
const PARTS = [
  'password',
  'passwd',
  'passphrase',
  'passcode',
  'secret',
  'credential',
  'authorization',
  'cookie',
  'bearer',
  'apikey',
  'accesskey',
  'authkey',
  'privatekey',
  'signingkey',
  'encryptionkey',
  'masterkey',
];
/** Only at the end: `accessToken` is one, `tokenizer`, `maxTokens` and `tokenCount` are not. */
const ENDS = ['token', 'tokenvalue', 'tokenstring', 'jwt', 'pwd'];
const WHOLE = new Set(['pass', 'auth']);
/** How a shell tells its folders to every program; in lower case these are passwords. */
const FOLDERS = new Set(['PWD', 'OLDPWD']);
/** Where a secret is kept is none. */
const PLACES = ['file', 'path', 'dir'];

const LONGEST_NAME = 128;
const MOST_REMEMBERED = 2_000;
const known = new Map<string, boolean>();

/** Whether a value of this name is a secret, in any letter case and with `-`, `_`, `.` or blanks in it. */
export function isSecretName(name: string): boolean {
  const remembered = known.get(name);
  if (remembered !== undefined) return remembered;
  if (name.length > LONGEST_NAME || FOLDERS.has(name)) return false;
  const plain = name.toLowerCase().replace(/[-_. ]/g, '');
  const isSecret =
    !PLACES.some((end) => plain.endsWith(end)) &&
    (WHOLE.has(plain) ||
      ENDS.some((end) => plain.endsWith(end)) ||
      PARTS.some((part) => plain.includes(part)));
  if (known.size >= MOST_REMEMBERED) known.clear();
  known.set(name, isSecret);
  return isSecret;
}

/** A name whose value may be a number and a secret all the same. */
export function isPasswordName(name: string): boolean {
  return /pass|pwd/i.test(name);
}
