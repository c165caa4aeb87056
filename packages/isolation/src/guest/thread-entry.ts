/** What piscina loads in a thread: boot once, then one task a session. */
import type { BootReply, GuestTask } from '../wire/messages.js';
import { Guest } from './guest.js';

let guest: Guest | undefined;

export default function runTask(task: GuestTask): Promise<void> | BootReply {
  if (task.kind === 'boot') {
    guest = new Guest(task);
    return guest.reply();
  }
  return guest!.run(task);
}
