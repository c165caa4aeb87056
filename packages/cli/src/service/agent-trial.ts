/**
 * Has agent files loaded by a child before they are loaded among everybody's sessions: one that exits,
 * crashes or never ends at its top is refused then, like one that does not parse.
 */
import type { ErrorCode } from '@tenantry/core';
import { TenantryError, shown, type TryAgents } from '@tenantry/core/internal';
import { readAgentFolder } from '../source/agent-folder.js';

/** @throws TENANTRY_AGENT_LOAD_FAILED where nothing can be tried */
export const tryAgents: TryAgents = async (folder, only, loadTimeoutMs) => {
  const rows = await readAgentFolder(folder, { only, loadTimeoutMs, isQuiet: true });
  return new Map(
    rows.flatMap((row) => {
      if (!('code' in row)) return [];
      const { file, message } = row;
      const details = { file: shown(file) };
      return [[file, new TenantryError(row.code as ErrorCode, message, { details })] as const];
    }),
  );
};
