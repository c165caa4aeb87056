/// <reference lib="dom" />
/** The page: takes what the service tells, draws it, and hands clicks on. */
import type { Snapshot } from '@tenantry/core/snapshot';
import { formatMs } from '../view/format.js';
import { POOL_ACTS, sessionActs, tenantActs } from './acts.js';
import { Dialogs } from './dialogs.js';
import { button, byId, element } from './dom.js';
import type { StreamEvent } from './event-stream.js';
import { alerts, figures } from './figures.js';
import { happeningText, type WireEvent } from './happening-text.js';
import { LiveTable } from './live-table.js';
import { START, mayAct, next, type Change, type PageState } from './page-state.js';
import { Refusal, Service } from './service.js';
import { spark } from './spark.js';
import { ISOLATE_COLUMNS, SESSION_COLUMNS, TENANT_COLUMNS } from './tables.js';

const MOST_SESSIONS = 200;
const AGAIN_MS = 2_000;

const service = new Service();
const dialogs = new Dialogs(service);
let state: PageState = START;

const tenants = new LiveTable(byId('tenants'), {
  columns: TENANT_COLUMNS,
  nothing: 'No tenant has been seen.',
  keyOf: ({ tenant }) => tenant,
  choose: (row) =>
    void dialogs.show({
      title: `Tenant ${row.tenant}`,
      name: row.tenant,
      acts: mayAct(state) ? tenantActs(row) : [],
    }),
});
const isolates = new LiveTable(byId('isolates'), {
  columns: ISOLATE_COLUMNS,
  nothing: 'No isolate.',
  keyOf: ({ isolate }) => isolate,
});
const sessions = new LiveTable(byId('sessions'), {
  columns: SESSION_COLUMNS,
  nothing: 'No session runs.',
  keyOf: ({ session }) => session,
  choose: (row) =>
    void dialogs.show({
      title: `Session ${row.session}`,
      name: row.session,
      acts: mayAct(state) ? sessionActs(row) : [],
    }),
});

function change(what: Change): void {
  state = next(state, what);
  draw();
}

function draw(): void {
  const { link, refusal, snapshot } = state;
  const shown = byId('link');
  shown.textContent = link;
  shown.className = `link ${link === 'live' ? 'good' : link === 'stale' ? 'bad' : 'warn'}`;
  byId('sign-in').hidden = link !== 'signed-out';
  byId('refusal').textContent = refusal;
  byId('main').hidden = snapshot === undefined;
  if (snapshot !== undefined) drawSnapshot(snapshot);
}

function drawSnapshot(snapshot: Snapshot): void {
  const { runtime } = snapshot;
  byId('name').textContent = runtime.name;
  document.title = `${runtime.name}: Tenantry`;
  byId('facts').textContent = [
    runtime.state,
    `pid ${runtime.pid} on ${runtime.host}`,
    `up ${formatMs(runtime.uptimeMs)}`,
    `Tenantry ${runtime.version}, Node ${runtime.node}`,
    ...(runtime.deploymentVersion === null ? [] : [runtime.deploymentVersion]),
  ].join(' · ');
  byId('alerts').replaceChildren(
    ...alerts(snapshot).map(({ text, tone }) => element('p', { class: tone }, text)),
  );
  byId('figures').replaceChildren(
    ...figures(snapshot).map(({ title, text, history }) =>
      element(
        'div',
        {},
        element('dt', {}, title),
        element('dd', {}, text),
        ...(history === undefined || history.length < 2
          ? []
          : [spark(history, `${title}, last minute`)]),
      ),
    ),
  );
  drawTables(snapshot);
  byId('events').replaceChildren(
    ...state.happenings.map(({ at, text, isBad }) =>
      element('li', isBad ? { class: 'warn' } : {}, element('time', {}, at), text),
    ),
  );
  const acts = byId('pool-acts');
  if (!mayAct(state)) acts.replaceChildren();
  else if (acts.childElementCount === 0) {
    acts.append(
      ...POOL_ACTS.map((act) => button(act.title, () => void dialogs.ask(act))),
      ' ',
      button('Sign out', signOut, true),
    );
  }
}

function drawTables(snapshot: Snapshot): void {
  const wanted = (byId('filter') as HTMLInputElement).value.trim();
  const isWanted = ({ tenant }: { tenant: string | null }): boolean =>
    wanted === '' || (tenant ?? '').includes(wanted);
  tenants.show(snapshot.tenants.filter(isWanted));
  isolates.show(snapshot.isolates.filter((row) => row.tenant === null || isWanted(row)));
  const matching = snapshot.sessions.filter(isWanted);
  sessions.show(matching.slice(0, MOST_SESSIONS));
  byId('sessions-note').textContent =
    matching.length > MOST_SESSIONS
      ? `The first ${MOST_SESSIONS} of ${matching.length} are shown; filter by tenant to see others.`
      : '';
}

function take({ event, data }: StreamEvent): void {
  if (event === 'snapshot') {
    change({ kind: 'figures', snapshot: JSON.parse(data) as Snapshot });
    return;
  }
  if (event !== 'runtime') return;
  const at = new Date().toTimeString().slice(0, 8);
  change({ kind: 'happened', at, ...happeningText(JSON.parse(data) as WireEvent) });
}

/** Follows the service for as long as the page is open and somebody is signed in. */
async function follow(): Promise<void> {
  for (;;) {
    try {
      change({ kind: 'known', me: await service.me() });
      await service.events(take, new AbortController().signal);
    } catch (error) {
      if (error instanceof Refusal && (error.status === 401 || error.status === 403)) {
        change({ kind: 'refused', said: error.message });
        return;
      }
    }
    change({ kind: 'lost' });
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

function signOut(): void {
  service.signOut();
  location.reload();
}

(byId('sign-in') as HTMLFormElement).addEventListener('submit', (submitted) => {
  submitted.preventDefault();
  const field = byId('credential') as HTMLInputElement;
  service.signIn(field.value.trim());
  field.value = '';
  void follow();
});
byId('filter').addEventListener('input', () => {
  if (state.snapshot !== undefined) drawTables(state.snapshot);
});
draw();
void follow();
