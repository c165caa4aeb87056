/**
 * What a service runs with: flag over `TENANTRY_*` over the file over the default, checked once, each
 * value with where it came from. Nothing is started here.
 */
import path from 'node:path';
import { TenantryError, checkOptions, codeOf, type AgentPoolOptions } from '@tenantry/core';
import { isolates } from '@tenantry/isolation';
import type { z } from 'zod';
import {
  findConfigFile,
  loadConfigFile,
  type ConfigFile,
  type LoadOptions,
} from './config-file.js';
import { settingsOfEnvironment, type Setting } from './environment.js';
import { HANDED_IN, SERVICE_NAMES, ServiceOptions } from './service-options.js';

/** `tenants.acme.rateLimit.burst`. */
const DEEPEST_SETTING = 4;

export interface ConfigurationSource {
  /** What was typed, by the name of the setting. */
  readonly flags: Readonly<Record<string, unknown>>;
  /** The file that was typed. */
  readonly configFile: string | undefined;
  /** Where a file is looked for, and what relative paths begin at. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
}

export interface Configuration {
  readonly service: ServiceOptions & { readonly agents: string };
  readonly pool: AgentPoolOptions;
  /** How long sessions may go on after a signal. */
  readonly drainTimeoutMs: number;
  /** Where each setting that is not at its default came from, by path. */
  readonly origins: ReadonlyMap<string, string>;
  readonly file: ConfigFile | undefined;
}

/**
 * Reads and checks everything. `fallback` stands for a file that cannot be read.
 * @throws TENANTRY_CONFIG_FAILED, TENANTRY_OPTIONS_INVALID, TENANTRY_TENANT_ID_INVALID
 */
export async function readConfiguration(
  source: ConfigurationSource,
  options?: LoadOptions,
): Promise<Configuration> {
  const named = source.configFile ?? nonEmpty(source.env['TENANTRY_CONFIG']);
  const found = await findConfigFile(named, source.folder);
  const file = found === undefined ? undefined : await loadConfigFile(found, options);
  return configurationOf(source, file);
}

/** @throws TENANTRY_OPTIONS_INVALID, TENANTRY_TENANT_ID_INVALID */
export function configurationOf(
  source: ConfigurationSource,
  file: ConfigFile | undefined,
): Configuration {
  const settings = new Map<string, Setting>();
  const origins = new Map<string, string>();
  const add = (name: string, value: unknown, origin: string): void => {
    settings.set(name, { value, origin });
    for (const known of origins.keys()) if (isWithin(known, name)) origins.delete(known);
    origins.set(name, origin);
    for (const inner of pathsOf(value, name)) origins.set(inner, lineOf(inner, origin, file));
  };
  for (const [name, value] of Object.entries(file?.values ?? {})) {
    if (value !== undefined) add(name, value, lineOf(name, path.basename(file!.file), file));
  }
  for (const [name, { value, origin }] of settingsOfEnvironment(source.env)) {
    add(name, value, origin);
  }
  for (const [name, value] of Object.entries(source.flags)) {
    if (value !== undefined) add(name, value, flagOf(name));
  }
  return withOrigins(origins, () => check(settings, origins, source.folder, file));
}

function check(
  settings: ReadonlyMap<string, Setting>,
  origins: ReadonlyMap<string, string>,
  folder: string,
  file: ConfigFile | undefined,
): Configuration {
  const own: Record<string, unknown> = {};
  const rest: Record<string, unknown> = {};
  for (const [name, { value }] of settings) {
    if (HANDED_IN.has(name)) throw invalid([`${name}: the service hands this in itself`], [name]);
    (SERVICE_NAMES.has(name) ? own : rest)[name] = value;
  }
  const parsed = ServiceOptions.safeParse(own, { reportInput: true });
  if (!parsed.success) throw ofService(parsed.error);
  const { agents } = parsed.data;
  if (agents === undefined)
    throw invalid(['agents: expected the folder of the agents'], ['agents']);
  const resolved = resolvedPaths(rest, folder);
  const { drainTimeoutMs } = checkOptions({ ...resolved, isolates });
  return {
    service: { ...parsed.data, agents: path.resolve(folder, agents) },
    pool: { ...resolved, isolates },
    drainTimeoutMs,
    origins,
    file,
  };
}

/** Relative to where the command was typed, wherever its worker runs. */
function resolvedPaths(
  options: Readonly<Record<string, unknown>>,
  folder: string,
): Record<string, unknown> {
  const { stateDir } = options;
  if (typeof stateDir !== 'string' || stateDir === '') return { ...options };
  return { ...options, stateDir: path.resolve(folder, stateDir) };
}

/** Every refusal says where the value stands that it refuses. */
function withOrigins<T>(origins: ReadonlyMap<string, string>, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    const { code, message, details, cause } = error as TenantryError;
    const paths = [details['paths'] ?? details['path']].flat().map(String);
    const issues = details['issues'];
    const said = Array.isArray(issues) && issues.length === paths.length ? issues : [message];
    const lines = said.map((line, index) => `${String(line)}${from(paths[index] ?? '', origins)}`);
    throw new TenantryError(code, `configuration: ${lines.join('; ')}`, { cause, details });
  }
}

function from(at: string, origins: ReadonlyMap<string, string>): string {
  for (let known = at; known !== ''; known = known.slice(0, Math.max(0, known.lastIndexOf('.')))) {
    const origin = origins.get(known);
    if (origin !== undefined) return ` (from ${origin})`;
  }
  return '';
}

function ofService(error: z.ZodError): TenantryError {
  const lines = error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  return invalid(
    lines,
    error.issues.map((issue) => issue.path.join('.')),
  );
}

function invalid(issues: readonly string[], paths: readonly string[]): TenantryError {
  return new TenantryError('TENANTRY_OPTIONS_INVALID', issues.join('; '), {
    details: { issues, paths },
  });
}

/** Of objects, as deep as settings are; what is in a tenant's own config is its own business. */
function pathsOf(value: unknown, at: string, depth = 0): string[] {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject || depth >= DEEPEST_SETTING) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    `${at}.${key}`,
    ...pathsOf(inner, `${at}.${key}`, depth + 1),
  ]);
}

function lineOf(at: string, origin: string, file: ConfigFile | undefined): string {
  const line = file?.lines.get(at);
  const isOfFile = file !== undefined && origin.startsWith(path.basename(file.file));
  if (!isOfFile || line === undefined) return origin;
  return `${path.basename(file.file)}:${line}`;
}

function isWithin(at: string, name: string): boolean {
  return at === name || at.startsWith(`${name}.`);
}

function flagOf(name: string): string {
  if (name === 'agents') return '<agents>';
  if (name === 'supervise') return '--no-supervise';
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text;
}
