/** The worker's own ends of the pipes between a host and its child: frames pass no other loop. */
import net from 'node:net';
import { FramePipe } from '../wire/frame-pipe.js';
import type { LogNotice } from '../wire/messages.js';
import { LogWriter } from './log-writer.js';

export function openGuestPipe(fd: number): FramePipe {
  const pipe = new net.Socket({ fd, readable: true, writable: true });
  return new FramePipe(pipe, (error) => {
    throw error;
  });
}

export function openLogPipe(fd: number): (notice: LogNotice) => void {
  const writer = new LogWriter(fd);
  return (notice) => writer.write(notice);
}
