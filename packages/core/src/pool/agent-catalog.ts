/** The registered agents, in the order they came, each with the module an isolate loads it from. */
import { TenantryError, shown } from '../errors/errors.js';
import { isAgent, type Agent } from '../host/agent.js';
import type { AgentModule } from '../placement/isolates-port.js';
import type { KnownAgents } from './routing.js';

/** One registered agent, as `list` shows it. */
export interface RegisteredAgent {
  readonly agent: Agent;
  /** The module it is the default export of; undefined for an agent that only this process has. */
  readonly url: string | undefined;
}

export class AgentCatalog implements KnownAgents {
  readonly #agents = new Map<string, RegisteredAgent>();

  /** @throws TENANTRY_AGENT_INVALID, TENANTRY_AGENT_DUPLICATE, TENANTRY_OPTIONS_INVALID */
  add(agent: unknown, url: string | undefined): Agent {
    if (!isAgent(agent)) {
      throw new TenantryError(
        'TENANTRY_AGENT_INVALID',
        `${shown(agent)} is no agent: make one with defineAgent`,
      );
    }
    if (url !== undefined && !(typeof url === 'string' && url.startsWith('file:'))) {
      throw new TenantryError(
        'TENANTRY_OPTIONS_INVALID',
        `url of agent "${agent.name}": expected a file URL such as import.meta.url, received ${shown(url)}`,
      );
    }
    if (this.#agents.has(agent.name)) {
      throw new TenantryError(
        'TENANTRY_AGENT_DUPLICATE',
        `agent "${agent.name}" is registered already`,
        { details: { received: agent.name } },
      );
    }
    this.#agents.set(agent.name, { agent, url });
    return agent;
  }

  /** Newer code of an agent: sessions to come run it. */
  replace(agent: Agent, url: string): void {
    this.#agents.set(agent.name, { agent, url });
  }

  remove(name: string): boolean {
    return this.#agents.delete(name);
  }

  has(name: string): boolean {
    return this.#agents.has(name);
  }

  names(): IterableIterator<string> {
    return this.#agents.keys();
  }

  find(name: string): RegisteredAgent | undefined {
    return this.#agents.get(name);
  }

  list(): RegisteredAgent[] {
    return [...this.#agents.values()];
  }

  /** @throws TENANTRY_AGENT_UNKNOWN */
  agentOf(name: string): Agent {
    return this.#registered(name).agent;
  }

  /** @throws TENANTRY_AGENT_UNKNOWN, TENANTRY_AGENT_NOT_PORTABLE */
  moduleOf(name: string): AgentModule {
    const { url } = this.#registered(name);
    if (url !== undefined) return { url };
    throw new TenantryError(
      'TENANTRY_AGENT_NOT_PORTABLE',
      `agent "${name}" has no module an isolate could load: ` +
        'use discover, or add(agent, { url: import.meta.url }) where it is the default export',
    );
  }

  #registered(name: string): RegisteredAgent {
    const registered = this.#agents.get(name);
    if (registered !== undefined) return registered;
    throw new TenantryError('TENANTRY_AGENT_UNKNOWN', `agent "${name}" is not registered`);
  }
}
