/** What counts as usable audio, and how everything else is refused. */
import { describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FRAME_BYTES, toFrames } from '../src/frames.js';
import { parseWav, readClips } from '../src/wav.js';

interface Header {
  readonly encoding?: number;
  readonly channels?: number;
  readonly rateHz?: number;
  readonly bits?: number;
}

function chunk(id: string, body: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.write(id, 'latin1');
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
}

function format({ encoding = 1, channels = 1, rateHz = 16_000, bits = 16 }: Header = {}): Buffer {
  const body = Buffer.alloc(16);
  body.writeUInt16LE(encoding, 0);
  body.writeUInt16LE(channels, 2);
  body.writeUInt32LE(rateHz, 4);
  body.writeUInt32LE((rateHz * channels * bits) / 8, 8);
  body.writeUInt16LE((channels * bits) / 8, 12);
  body.writeUInt16LE(bits, 14);
  return chunk('fmt ', body);
}

const riff = (...chunks: Buffer[]): Buffer =>
  chunk('RIFF', Buffer.concat([Buffer.from('WAVE'), ...chunks]));

const samples = Buffer.from([1, 0, 2, 0, 3, 0]);
const refusal = (bytes: Buffer) => () => parseWav(bytes, 'a.wav');

describe('parseWav', () => {
  test('answers the samples of a plain file', () => {
    expect([...parseWav(riff(format(), chunk('data', samples)), 'a.wav')]).toEqual([...samples]);
  });

  test('skips other chunks, also of odd length', () => {
    const list = chunk('LIST', Buffer.from('abc'));
    const file = riff(list, format(), list, chunk('data', samples), list);
    expect([...parseWav(file, 'a.wav')]).toEqual([...samples]);
  });

  test.each<[string, Header, string]>([
    ['another sample rate', { rateHz: 44_100 }, 'a sample rate of 44100 Hz: expected 16000'],
    ['stereo', { channels: 2 }, '2 channels: expected mono'],
    ['8 bits', { bits: 8 }, '8 bits per sample: expected 16'],
    ['floating point', { encoding: 3, bits: 32 }, 'encoding 3: expected PCM'],
  ])('refuses %s with the received value', (_, header, message) => {
    expect(refusal(riff(format(header), chunk('data', samples)))).toThrow(message);
  });

  test('refuses what is no RIFF file', () => {
    expect(refusal(Buffer.from('ID3\u0004 something'))).toThrow('it starts with "ID3');
    expect(refusal(Buffer.alloc(0))).toThrow('is no WAV file');
  });

  test('refuses every shortened version of a file', () => {
    const file = riff(format(), chunk('data', samples));
    for (let length = 0; length < file.length; length += 1) {
      expect(refusal(file.subarray(0, length))).toThrow(/is no WAV file|is truncated/);
    }
  });

  test('refuses a file without audio, with half a sample, or with audio before its format', () => {
    expect(refusal(riff(format(), chunk('data', Buffer.alloc(0))))).toThrow('0 bytes of audio');
    expect(refusal(riff(format(), chunk('data', Buffer.alloc(3))))).toThrow('3 bytes of audio');
    expect(refusal(riff(chunk('data', samples), format()))).toThrow('no "fmt " chunk before');
  });
});

describe('readClips', () => {
  const audio = fileURLToPath(new URL('../../audio', import.meta.url));

  test('reads the clips that come with the example', async () => {
    const clips = await readClips(audio);
    expect(clips.map(({ seconds }) => seconds.toFixed(1))).toEqual(['7.1', '3.0', '6.0']);
  });

  test('refuses a folder that is missing, is a file, or has no WAV file', async () => {
    await expect(readClips(join(audio, 'nowhere'))).rejects.toThrow('nowhere" does not exist');
    await expect(readClips(join(audio, 'README.md'))).rejects.toThrow('README.md" is no folder');
    const empty = await mkdtemp(join(tmpdir(), 'voice-test-'));
    try {
      await expect(readClips(empty)).rejects.toThrow('holds no .wav file');
      await writeFile(join(empty, 'x.WAV'), 'text');
      await expect(readClips(empty)).rejects.toThrow('"x.WAV" is no WAV file');
    } finally {
      await rm(empty, { recursive: true });
    }
  });
});

describe('toFrames', () => {
  test('fills the last frame with silence', () => {
    const frames = toFrames(new Uint8Array(FRAME_BYTES + 2).fill(7));
    expect(frames.map((frame) => frame.byteLength)).toEqual([FRAME_BYTES, FRAME_BYTES]);
    expect([...frames[1]!.subarray(0, 4)]).toEqual([7, 7, 0, 0]);
  });
});
