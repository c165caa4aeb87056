/**
 * A profile of a child as its host asks for it: over the control interface, with a deadline longer
 * than the profile. How the child takes it is left to its supervisor.
 */
import {
  TenantryError,
  codeOf,
  fromWireError,
  profileDeadlineMs,
  type ProfileRequest,
  type WrittenProfile,
} from '@tenantry/core/internal';
import type { ProfileReply } from '../wire/control-api.js';
import type { ControlCalls } from './control-calls.js';

/** @throws TENANTRY_PROFILE_* */
export async function childProfile(
  calls: ControlCalls,
  answer: Promise<ProfileReply>,
  request: ProfileRequest,
): Promise<WrittenProfile> {
  const reply = await calls.call('profile', answer, profileDeadlineMs(request, 1)).catch(failed);
  if (reply.kind === 'refused') throw fromWireError(reply.error);
  return { sampledMs: reply.sampledMs, json: reply.json };
}

function failed(error: unknown): never {
  const { message } = error as Error;
  const isLate = codeOf(error) === 'TENANTRY_ISOLATE_CALL_TIMEOUT';
  throw new TenantryError(
    isLate ? 'TENANTRY_PROFILE_TIMEOUT' : 'TENANTRY_PROFILE_TARGET_ENDED',
    message,
    { cause: error },
  );
}
