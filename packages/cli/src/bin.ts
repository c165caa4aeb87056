#!/usr/bin/env node
/** The command `tenantry`: hands this process to `main`. */
import process from 'node:process';
import { main } from './main.js';

const { stdout, stderr, env } = process;
process.exitCode = await main(process.argv.slice(2), {
  stdout,
  stderr,
  env,
  signals: process,
  // Opened by being asked for, which most commands never do.
  get stdin() {
    return process.stdin;
  },
});
