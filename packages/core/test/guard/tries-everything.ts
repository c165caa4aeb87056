/**
 * A guarded process that tries whatever is to be refused, and some of what is not. Prints one line of
 * JSON: what became of each try, and what was told.
 */
import process from 'node:process';
import { installDryRunGuard } from '../../src/internal.js';

const told: unknown[] = [];
const attempts = await installDryRunGuard();
attempts.hear((attempt) => told.push(attempt) > 0);

// Loaded afterwards, as an agent is.
const fs = await import('node:fs');
const files = await import('node:fs/promises');
const net = await import('node:net');
const http = await import('node:http');
const tls = await import('node:tls');
const dgram = await import('node:dgram');
const dns = await import('node:dns');
const childProcess = await import('node:child_process');
const { Worker } = await import('node:worker_threads');
const { promisify } = await import('node:util');

const folder = process.argv[2]!;
const file = `${folder}/written`;
const failing = (emitter: { once(event: 'error', told: (why: Error) => void): unknown }) =>
  new Promise((_, reject) => emitter.once('error', reject));

const tries: Readonly<Record<string, () => unknown>> = {
  writeFileSync: () => fs.writeFileSync(file, 'x'),
  'writeFile with a callback': () => promisify(fs.writeFile)(file, 'x'),
  'writeFile as a promise': () => files.writeFile(file, 'x'),
  appendFile: () => files.appendFile(file, 'x'),
  createWriteStream: () => failing(fs.createWriteStream(file)),
  'open to write': () => files.open(file, 'w'),
  'open by flags': () => fs.openSync(file, fs.constants.O_CREAT | fs.constants.O_RDWR),
  mkdir: () => fs.mkdirSync(`${folder}/made`, { recursive: true }),
  rename: () => files.rename(`${folder}/kept`, file),
  rm: () => files.rm(`${folder}/kept`),
  symlink: () => fs.symlinkSync('/etc', file),
  copyFile: () => files.copyFile(`${folder}/kept`, file),
  'chmod of a handle': async () => {
    const handle = await files.open(`${folder}/kept`, 'r');
    try {
      await handle.chmod(0o777);
    } finally {
      await handle.close();
    }
  },
  'net.connect': () => failing(net.connect(9, '127.0.0.1')),
  'http.get': () => failing(http.get('http://127.0.0.1:9/secret?token=1')),
  'tls.connect': () => failing(tls.connect({ host: '127.0.0.1', port: 9 })),
  listen: () => failing(net.createServer().listen(0)),
  'udp send': () =>
    promisify((done: () => void) => dgram.createSocket('udp4').send('x', 9, done))(),
  fetch: () => fetch('http://127.0.0.1:9/path?token=secret'),
  'dns.lookup': () => promisify(dns.lookup)('localhost'),
  'dns.resolve': () => dns.promises.resolve('localhost'),
  spawn: () => childProcess.spawn('touch', [file]),
  exec: () => promisify(childProcess.exec)(`touch ${file} --password=x`),
  execSync: () => childProcess.execSync(`touch ${file}`),
  fork: () => childProcess.fork('./x.js'),
  Worker: () => new Worker('1', { eval: true }),
  'kill another': () => process.kill(process.ppid),
  'read a file': () => fs.readFileSync(`${folder}/kept`, 'utf8'),
  'read a file as a promise': () => files.readFile(`${folder}/kept`, 'utf8'),
  'read by a stream': async () => {
    for await (const _ of fs.createReadStream(`${folder}/kept`));
  },
  print: () => fs.writeSync(2, ''),
  'signal itself': () => process.kill(process.pid, 0),
};

const became: Record<string, string> = {};
for (const [name, attempt] of Object.entries(tries)) {
  try {
    await attempt();
    became[name] = 'allowed';
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    became[name] = code ?? message;
  }
}
for (let times = 0; times < 1_000; times += 1) {
  try {
    fs.writeFileSync(file, 'x');
  } catch {
    // As intended.
  }
}
process.stdout.write(`${JSON.stringify({ became, told })}\n`);
