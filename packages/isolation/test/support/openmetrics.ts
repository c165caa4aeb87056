/** A strict reader of OpenMetrics 1.0: throws at whatever the standard does not allow. */

export interface ReadFamily {
  readonly type: string;
  readonly unit: string;
  readonly help: string;
  /** By name and labels as they are written. */
  readonly samples: ReadonlyMap<string, number>;
}

const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ['_total', '_created'],
  gauge: [''],
  info: ['_info'],
  histogram: ['_bucket', '_count', '_sum', '_created'],
};
const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = `[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"`;
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)?\\})? (\\S+)$`);
const META = new RegExp(`^# (HELP|TYPE|UNIT) (${NAME}) (.*)$`);
const NUMBER = /^(?:[+-]?Inf|NaN|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/;

interface Open {
  type: string;
  unit: string;
  help: string;
  readonly samples: Map<string, number>;
}

export function readOpenMetrics(text: string): Map<string, ReadFamily> {
  if (!text.endsWith('# EOF\n')) throw new Error('it does not end with "# EOF" and a line feed');
  const families = new Map<string, Open>();
  let current: [string, Open] | undefined;
  for (const line of text.slice(0, -'# EOF\n'.length).split('\n').slice(0, -1)) {
    const meta = META.exec(line);
    if (meta !== null) {
      const [, what, name, said] = meta as unknown as [
        string,
        'HELP' | 'TYPE' | 'UNIT',
        string,
        string,
      ];
      if (current?.[0] !== name) {
        if (families.has(name)) throw new Error(`${name}: its lines are not together`);
        current = [name, { type: '', unit: '', help: '', samples: new Map() }];
        families.set(...current);
      }
      const key = what.toLowerCase() as 'help' | 'type' | 'unit';
      if (current[1].samples.size > 0) throw new Error(`${name}: ${what} after its samples`);
      if (current[1][key] !== '') throw new Error(`${name}: ${what} twice`);
      if (what === 'UNIT' && !name.endsWith(`_${said}`)) throw new Error(`${name}: unit ${said}`);
      current[1][key] = said;
      continue;
    }
    if (current === undefined) throw new Error(`a sample of no family: ${line}`);
    addSample(line, current);
  }
  for (const [name, { type, help, samples }] of families) {
    if (help === '' || samples.size === 0) throw new Error(`${name}: no help, or no sample`);
    if (type === 'histogram') checkBuckets(name, samples);
  }
  return families;
}

function addSample(line: string, [family, { type, samples }]: [string, Open]): void {
  const [, name = '', labels = '', number = ''] = SAMPLE.exec(line) ?? [];
  if (!NUMBER.test(number)) throw new Error(`no sample: ${line}`);
  const isOfFamily = SUFFIXES[type]?.some((suffix) => name === family + suffix) === true;
  if (!isOfFamily) throw new Error(`${family} (${type}) has no sample ${name}`);
  const value = Number(number.replace('Inf', 'Infinity'));
  if (type === 'counter' && !(value >= 0)) throw new Error(`a counter below 0: ${line}`);
  if (type === 'info' && value !== 1) throw new Error(`an info that is not 1: ${line}`);
  const key = `${name}{${labels}}`;
  if (samples.has(key)) throw new Error(`twice: ${key}`);
  samples.set(key, value);
}

/** Rising bounds and counts, the infinite one last and equal to the count. */
function checkBuckets(name: string, samples: ReadonlyMap<string, number>): void {
  let [boundBefore, countBefore] = [-Infinity, 0];
  for (const [key, count] of samples) {
    const le = /[{,]le="([^"]+)"/.exec(key)?.[1];
    if (le === undefined) continue;
    if (!/^(?:\+Inf|\d+\.\d+)$/.test(le)) throw new Error(`${key}: its bound is spelt wrongly`);
    const bound = Number(le.replace('Inf', 'Infinity'));
    if (bound <= boundBefore || count < countBefore) throw new Error(`${key}: it does not rise`);
    [boundBefore, countBefore] = bound === Infinity ? [-Infinity, 0] : [bound, count];
    const whole = key.replace('_bucket{', '_count{').replace(/,?le="\+Inf"/, '');
    if (bound === Infinity && samples.get(whole) !== count) throw new Error(`${name}: ${whole}`);
  }
}
