/** What piscina loads in a thread: boot once, then one task a session. */
// What every agent imports, loaded while a spare has time for it.
import '@tenantry/core';
import { installDryRunGuard } from '@tenantry/core/internal';
import type { BootReply, BootTask, GuestTask } from '../wire/messages.js';
import { Guest } from './guest.js';

let guest: Guest | undefined;

export default function runTask(task: GuestTask): Promise<void | BootReply> {
  return task.kind === 'boot' ? boot(task) : guest!.run(task);
}

async function boot(task: BootTask): Promise<BootReply> {
  const { pipeFd, logFd } = task;
  // Loaded on demand: a thread of the host's process has no pipes and does not pay for sockets.
  const pipes = pipeFd === null ? undefined : await import('./guest-pipe.js');
  const frames = pipeFd === null ? undefined : pipes?.openGuestPipe(pipeFd);
  const tellLog = logFd === null ? undefined : pipes?.openLogPipe(logFd);
  const attempts = task.isDryRun ? await installDryRunGuard() : undefined;
  guest = new Guest(task, frames, tellLog, attempts);
  return guest.reply();
}
