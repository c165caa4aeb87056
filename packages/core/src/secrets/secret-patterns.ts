/**
 * What secrets look like in a text. Every pattern takes time linear in the text, also in a hostile
 * one: it starts at the beginning of a token or at a fixed mark, its repetitions cannot overlap each
 * other, and what it has begun to read it either takes or will not read again.
 */
import { MASK } from './mask.js';
import { isPasswordName, isSecretName } from './secret-names.js';
import { Trigrams } from './trigrams.js';

/**
 * Whether a text is worth a closer look: part of every secret that patterns or names find, and of
 * little else. One pass, which is all that an ordinary log line costs.
 */
const SUSPECT =
  /key|pass|pwd|auth|token|secret|credential|cookie|jwt|bearer|basic |eyJ|:\/\/[^\s/]{0,256}:|AKIA|ASIA|gh[oprsu]_|github_pat|glpat-|xox|xapp-|sk-|[rs]k_|whsec_|AIza|ya29|GOCSPX|npm_|hf_|SG\.|dop_v1|tk_|hooks\.slack/i;

/** What any of these begins with, to be spared even that: few lines have one of them. */
const begins = new Trigrams();
const BEGINS =
  'key pas pwd aut tok sec cre coo jwt bea bas eyj :// aki asi gho ghp ghr ghs ghu git glp xox xap sk- rk_ ' +
  'sk_ whs aiz ya2 goc npm hf_ sg. dop tk_ hoo';
for (const begin of BEGINS.split(' ')) begins.mark(begin);

export function isSuspect(text: string): boolean {
  return begins.find(text, 0) !== -1 && SUSPECT.test(text);
}

const PRIVATE_KEY =
  /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,10}-----[^]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,10}-----|$)/g;

/** Of our own keys the part before the last `_` is public and finds the key's record. */
const OUR_KEY = /(?<![A-Za-z0-9])(tk_[A-Za-z0-9]{2,64}_)[A-Za-z0-9_-]{32,}/g;

const JSON_WEB_TOKEN = /(?<![\w-])eyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*){0,3}/g;

/** Issuers mark their keys, so that they can be found where they should not be. */
const MARKED_KEYS = new RegExp(
  `(?<![A-Za-z0-9])(?:${[
    '(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])',
    'gh[oprsu]_[A-Za-z0-9]{20,}',
    'github_pat_[A-Za-z0-9_]{20,}',
    'glpat-[\\w-]{16,}',
    'xox[a-z]-[A-Za-z0-9-]{8,}',
    'xapp-[A-Za-z0-9-]{8,}',
    'sk-[\\w-]{16,}',
    '[rs]k_(?:live|test)_[A-Za-z0-9]{10,}',
    'whsec_[A-Za-z0-9+/=]{16,}',
    'AIza[\\w-]{30,}',
    'ya29\\.[\\w-]{16,}',
    'GOCSPX-[\\w-]{16,}',
    'npm_[A-Za-z0-9]{30,}',
    'hf_[A-Za-z0-9]{20,}',
    'SG\\.[\\w-]{16,64}\\.[\\w-]{16,}',
    'dop_v1_[a-f0-9]{32,}',
  ].join('|')})`,
  'g',
);
const SLACK_HOOK = /(hooks\.slack\.com\/services\/)[\w/-]+/g;

const URL_PASSWORD = /(:\/\/[^\s/@:"'?#]{0,256}:)[^\s/"']{1,1024}@/g;

const SCHEME = /(?<![A-Za-z0-9])(bearer|basic)( {1,4})([\w.~+/=-]{8,})/gi;
/** "basic authentication" is English; base64 has digits, signs or capitals inside. */
const ENCODED = /[0-9=+/]|[a-z][A-Z]/;

/** `Authorization: …` and `Cookie: …` take the rest of their line. */
const HEADER = /((?:authorization|cookie)[: ]{1,4})(?=[^\s:"'])[^\r\n"'\\]+/gi;

const NAME =
  'passw(?:or)?d|passphrase|passcode|secret|credential|(?:api|access|auth|private|signing|encryption|master)[-_. ]?key|authorization|cookie|pwd|jwt|(?:token|bearer)(?![a-z])|(?<![a-z])(?:auth|pass)(?![a-z])';
/** A name, what may follow it in a longer name, a sign, and a value in one of four kinds of quotes. */
const PAIR = new RegExp(
  `(((?:${NAME})[\\w-]{0,20})\\\\{0,4}["']?\\s{0,2}(?:=>|[=:])\\s{0,2})` +
    '(\\\\+"(?:[^"\\\\]|\\\\+[^"\\\\])*|"(?:[^"\\\\]|\\\\[^])*|\'(?:[^\'\\\\]|\\\\[^])*|[^\\s,;&"\'<>(){}[\\]\\\\]+)',
  'gi',
);
/** What stands behind a secret's name and is none: figures, and the words of a complaint about it. */
const NO_SECRET =
  /^["'\\]*(?:true|false|null|undefined|\d{1,9}|\d+\.\d+|\[masked\]|expected|invalid|required|missing|must|unexpected|unrecognized|received|not|is|an|a|string)["'\\]*$/i;
const A_NUMBER = /^["'\\]*[\d.]+["'\\]*$/;
const OPENING_QUOTE = /^\\*["']/;

/** The text with everything in it that looks like a secret replaced. */
export function maskPatterns(text: string): string {
  return text
    .replace(PRIVATE_KEY, MASK)
    .replace(OUR_KEY, `$1${MASK}`)
    .replace(JSON_WEB_TOKEN, MASK)
    .replace(MARKED_KEYS, MASK)
    .replace(SLACK_HOOK, `$1${MASK}`)
    .replace(URL_PASSWORD, `$1${MASK}@`)
    .replace(SCHEME, (whole, scheme: string, blanks: string, value: string) =>
      scheme.toLowerCase() === 'basic' && !ENCODED.test(value)
        ? whole
        : `${scheme}${blanks}${MASK}`,
    )
    .replace(HEADER, `$1${MASK}`)
    .replace(PAIR, (whole, before: string, name: string, value: string) => {
      if (!isSecretName(name)) return whole;
      const isPlain = NO_SECRET.test(value) && !(isPasswordName(name) && A_NUMBER.test(value));
      if (isPlain) return whole;
      return `${before}${OPENING_QUOTE.exec(value)?.[0] ?? ''}${MASK}`;
    });
}
