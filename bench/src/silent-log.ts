/** A log that says nothing: what a pool would tell is not what is measured. */
import type { Log } from '@tenantry/core';

export const SILENT: Log = {
  level: 'silent',
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => SILENT,
};
