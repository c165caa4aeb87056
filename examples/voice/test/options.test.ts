/** The command line: what is taken, and how a mistake is told. */
import { describe, expect, test } from '@jest/globals';
import { parseOptions } from '../src/options.js';

describe('parseOptions', () => {
  test('has a default for everything', () => {
    const { audio, ...rest } = parseOptions([]);
    expect(audio).toMatch(/examples[/\\]voice[/\\]audio$/);
    expect(rest).toEqual({ calls: 4, seconds: 15, json: false, help: false });
  });

  test('takes what it is given', () => {
    const argv = ['--audio', '/tmp/x', '--calls=20', '--seconds', '2.5', '--json'];
    expect(parseOptions(argv)).toEqual({
      audio: '/tmp/x',
      calls: 20,
      seconds: 2.5,
      json: true,
      help: false,
    });
  });

  test.each([
    [['--calls', '0'], '--calls must be a whole number from 1 to 1000, received "0".'],
    [['--calls', 'NaN'], 'received "NaN".'],
    [['--calls', '-3'], '--calls must be a whole number from 1 to 1000, received "-3".'],
    [['--calls', '1e9'], 'received "1e9".'],
    [['--calls', '1000000000'], 'received "1000000000".'],
    [['--calls', '2.5'], 'received "2.5".'],
    [['--calls='], 'received "".'],
    [['--seconds', 'Infinity'], '--seconds must be a number of seconds from 1 to 3600, received'],
    [['--seconds', '-.5'], 'received "-.5".'],
    [['--seconds', '0.5'], 'received "0.5".'],
    [['--audio', ''], '--audio must be a folder of WAV files, received "".'],
    [['--frobnicate'], "Unknown option '--frobnicate'. Try --help."],
    [['clips'], "Unexpected argument 'clips'."],
    [['--calls'], "Option '--calls <value>' argument missing."],
    [['--json=yes'], "Option '--json' does not take an argument."],
  ])('refuses %j', (argv, message) => {
    expect(() => parseOptions(argv)).toThrow(message);
  });
});
