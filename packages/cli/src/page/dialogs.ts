/// <reference lib="dom" />
/** The two dialogs: what is told of a tenant or session, and whether an act is to be done. */
import type { Act } from './acts.js';
import { button, byId, element } from './dom.js';
import type { Service } from './service.js';

export interface Subject {
  readonly title: string;
  /** What `explain` is asked for. */
  readonly name: string;
  readonly acts: readonly Act[];
}

export class Dialogs {
  readonly #service: Service;
  readonly #details = byId('details') as HTMLDialogElement;
  readonly #confirm = byId('confirm') as HTMLDialogElement;
  #pending: Act | undefined;

  constructor(service: Service) {
    this.#service = service;
    byId('confirm-do').addEventListener('click', () => void this.#carryOut());
  }

  async show({ title, name, acts }: Subject): Promise<void> {
    byId('details-title').textContent = title;
    const sentences = byId('sentences');
    sentences.replaceChildren(element('li', {}, 'asking…'));
    byId('acts').replaceChildren(...acts.map((act) => button(act.title, () => void this.ask(act))));
    if (!this.#details.open) this.#details.showModal();
    sentences.replaceChildren(...(await this.#told(name)).map((text) => element('li', {}, text)));
  }

  async #told(name: string): Promise<readonly string[]> {
    try {
      const { sentences } = await this.#service.explain(name);
      return sentences.length > 0 ? sentences : ['Nothing is told.'];
    } catch (error) {
      return [(error as Error).message];
    }
  }

  /** Says what would be done, and does it only when that is confirmed. */
  async ask(act: Act): Promise<void> {
    this.#pending = act;
    byId('confirm-title').textContent = act.title;
    byId('confirm-said').textContent = 'asking…';
    byId('confirm-refusal').textContent = '';
    const confirm = byId('confirm-do') as HTMLButtonElement;
    confirm.disabled = true;
    if (!this.#confirm.open) this.#confirm.showModal();
    try {
      const { said, changed } = await this.#service.act(act.request, true);
      byId('confirm-said').textContent = changed ? said : `${said} (it is so already)`;
      confirm.disabled = false;
    } catch (error) {
      byId('confirm-said').textContent = '';
      byId('confirm-refusal').textContent = (error as Error).message;
    }
  }

  async #carryOut(): Promise<void> {
    if (this.#pending === undefined) return;
    try {
      await this.#service.act(this.#pending.request, false);
      this.#confirm.close();
      this.#details.close();
    } catch (error) {
      byId('confirm-refusal').textContent = (error as Error).message;
    }
  }
}
