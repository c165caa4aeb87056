/**
 * A tar archive of a few small regular files, as `tar` reads it (POSIX ustar), and back. Reads nothing
 * but what this writes: no folders, links, long names or sparse files, so nothing of a foreign archive
 * gets anywhere.
 */

const BLOCK = 512;
/** An archive ends with two blocks of zeros. */
export const TAR_END = Buffer.alloc(2 * BLOCK);
const MODE = '0000600\0';
const ID = '0000000\0';
const LONGEST_NAME = 99;

export interface TarFile {
  readonly name: string;
  readonly bytes: Buffer;
}

/** One file with its header, padded to whole blocks. */
export function tarEntry({ name, bytes }: TarFile, epochMs: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0, LONGEST_NAME, 'ascii');
  header.write(MODE, 100, 'ascii');
  header.write(ID, 108, 'ascii');
  header.write(ID, 116, 'ascii');
  header.write(`${octal(bytes.length, 11)}\0`, 124, 'ascii');
  header.write(`${octal(Math.floor(epochMs / 1_000), 11)}\0`, 136, 'ascii');
  header.write('0', 156, 'ascii');
  header.write('ustar\u000000', 257, 'ascii');
  header.write(`${octal(checksumOf(header), 6)}\0 `, 148, 'ascii');
  return Buffer.concat([header, bytes, Buffer.alloc(paddingOf(bytes.length))]);
}

/** What is wrong with an archive, for people. */
export class TarProblem extends Error {}

/**
 * The files of an archive, in its order; their bytes are views of it.
 * @throws TarProblem
 */
export function readTar(archive: Buffer, mostFiles: number): TarFile[] {
  const files: TarFile[] = [];
  for (let at = 0; ;) {
    if (at + BLOCK > archive.length) throw new TarProblem('it is cut off');
    const header = archive.subarray(at, at + BLOCK);
    at += BLOCK;
    if (header.every((byte) => byte === 0)) {
      if (at + BLOCK > archive.length) throw new TarProblem('it is cut off');
      if (!archive.subarray(at).equals(TAR_END.subarray(BLOCK)))
        throw new TarProblem('something follows its end');
      return files;
    }
    const { name, sizeBytes } = readHeader(header);
    if (files.length >= mostFiles) throw new TarProblem(`it has more than ${mostFiles} files`);
    const end = at + sizeBytes + paddingOf(sizeBytes);
    if (end > archive.length) throw new TarProblem('it is cut off');
    files.push({ name, bytes: archive.subarray(at, at + sizeBytes) });
    at = end;
  }
}

function readHeader(header: Buffer): { readonly name: string; readonly sizeBytes: number } {
  if (header.toString('ascii', 257, 262) !== 'ustar') throw new TarProblem('it is no archive');
  if (numberAt(header, 148, 8) !== checksumOf(header)) throw new TarProblem('a header is damaged');
  const isPlain = header.toString('ascii', 156, 157) === '0' && header[345] === 0;
  if (!isPlain) throw new TarProblem('it holds something other than plain files');
  const name = header.toString('latin1', 0, 100).replace(/\0.*$/s, '');
  return { name, sizeBytes: numberAt(header, 124, 12) };
}

/** Octal digits, ended by a zero or a space. */
function numberAt(header: Buffer, start: number, length: number): number {
  const text = header.toString('latin1', start, start + length).replace(/[\0 ].*$/s, '');
  if (!/^[0-7]{1,11}$/.test(text)) throw new TarProblem('a header is damaged');
  return Number.parseInt(text, 8);
}

/** The sum of its bytes, with spaces in the place of the sum itself. */
function checksumOf(header: Buffer): number {
  let sum = 8 * 0x20;
  for (let at = 0; at < BLOCK; at += 1) if (at < 148 || at >= 156) sum += header[at]!;
  return sum;
}

const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');
const paddingOf = (sizeBytes: number): number => (BLOCK - (sizeBytes % BLOCK)) % BLOCK;
