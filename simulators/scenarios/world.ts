/** Where a scenario takes place: sites with terminals, people with cards, days that pass, a network that comes and goes. */
import { replacementBook } from '../../agent/cards/replacement-book.js';
import type { ListKind } from '../../agent/credential/signed-list.js';
import { calendarOf, isoDay, type SiteCalendar } from '../../agent/domain/calendar.js';
import { WaslError } from '../../agent/domain/errors.js';
import type { ReplacementCause } from '../../agent/domain/event.js';
import type { HealthDeskState } from '../../agent/tap/health-tap.js';
import type { DeskState } from '../../agent/tap/person-tap.js';
import type { StatementParts } from '../../sync/settlement/statement/desk.js';
import type { BookedPayment, SimulatedPaymentMachine } from '../payment/machine.js';
import { people } from '../site/population.js';
import { Stream } from '../world/random.js';
import type { ListedTerminal, PolicyDocument, ScenarioAuthority } from './authority.js';
import type { DayFigures, Holder, IssueOptions, JournalDump, TerminalPlace } from './cast.js';
import type { ScenarioCentre } from './centre.js';
import { booksOf, journalsOf } from './given-to-the-judge.js';
import { issueCards, renewCards } from './issuing.js';
import { importedList } from './list.js';
import { morningOf } from './morning.js';
import type { RecordsWish } from './records.js';
import { replaceCard, settleOnce } from './replacing.js';
import { startScenarioTerminal } from './terminal.js';
import type { ListedName, ScenarioTerminal, ServeOptions, TapOptions, Wish } from './terminal-port.js';
import { type ScenarioViews, startViews, type ViewsOrder } from './views.js';

const MS_PER_MINUTE = 60_000;
/** Time between two taps, wherever they are, where nobody says how many there are in a day. */
const TAP_MS = 20_000;
/** Doors are open this long: a day's taps begin at seven in the morning and have to end on the same day. */
const OPEN_MS = 14 * 60 * MS_PER_MINUTE;

/** What a world is made from. */
export interface WorldParts {
  readonly seed: string;
  readonly people: number;
  readonly firstDay: string;
  readonly timeZone: string;
  readonly authority: ScenarioAuthority;
  readonly centre: ScenarioCentre;
  readonly clock: { ms: number; nowMs(): number };
}

/** See the head of this file. */
export class World {
  readonly random: Stream;
  /** How many people the scenario was asked to have. */
  readonly people: number;
  readonly calendar: SiteCalendar;
  readonly figures: DayFigures[] = [];
  readonly holders: Holder[] = [];
  /** The parties of the centre, once they have databases of their own. */
  views: ScenarioViews | null = null;
  taps = 0;
  services = 0;
  readonly #parts: WorldParts;
  readonly #terminals = new Map<string, ScenarioTerminal>();
  readonly #listed: ListedTerminal[] = [];
  readonly #offline = new Set<string>();
  readonly #sites = new Map<string, number>();
  readonly #servedToday = new Map<string, number>();
  #tapMs = TAP_MS;
  /** The day that began last. */
  #began: string;
  /** Of the desks at which cards are replaced. */
  readonly #book = replacementBook(() => Promise.resolve());
  #lists: ReadonlyMap<ListKind, Uint8Array>;

  constructor(parts: WorldParts) {
    this.#parts = parts;
    this.people = parts.people;
    this.random = new Stream(`${parts.seed} story`);
    this.calendar = calendarOf(parts.timeZone);
    parts.clock.ms = morningOf(this.calendar, parts.firstDay);
    this.#began = parts.firstDay;
    this.#lists = parts.authority.publish(parts.clock.ms);
  }

  /** The list of terminals and sites in force, as the authority signed it. */
  get sitesList(): Uint8Array {
    return this.#lists.get('terminals') ?? new Uint8Array();
  }

  /** The site's calendar day now, `YYYY-MM-DD`. */
  get today(): string {
    return isoDay(this.calendar.dayOf(this.#parts.clock.ms));
  }

  /** Puts a terminal that serves a programme into a site, which is described if it is new, and connects it. */
  async openTerminal(name: string, at: TerminalPlace): Promise<void> {
    const { authority, centre, clock, seed } = this.#parts;
    const { site, kind, area, programme } = at;
    const programmes: readonly [string, ...string[]] = typeof programme === 'string' ? [programme] : programme;
    const number = this.#sites.get(site) ?? this.#sites.size + 1;
    this.#sites.set(site, number);
    authority.describe({ site, number, kind, area, accredited: at.accredited ?? false });
    const listed = authority.enrol(name, site);
    await centre.register(listed);
    await this.#publish();
    const terminal = await startScenarioTerminal({
      ...{ listed, authority, centre, clock, programmes, lists: this.#lists },
      takesPayments: at.takesPayments === true,
      ...(at.role === undefined ? {} : { role: at.role }),
      random: new Stream(`${seed} ${name}`),
    });
    this.#terminals.set(name, terminal);
    this.#listed.push(listed);
    terminal.connect();
  }

  /** Issues cards to so many people more: NTAG216 tags, or smart cards, which have a ledger for each family. */
  async issue(count: number, options: IssueOptions = {}): Promise<readonly Holder[]> {
    const { authority, clock } = this.#parts;
    const newcomers = people(this.holders.length + count).slice(this.holders.length);
    const at = {
      authority,
      nowMs: clock.ms,
      calendar: this.calendar,
      siteNumber: (site: string) => this.siteNumber(site),
    };
    const issued = await issueCards(newcomers, options, at);
    this.holders.push(...issued);
    return issued;
  }

  /** Makes a card in the place of another one at a desk, which is a terminal: of one in hand, or of one that is lost. Its serial is blocked in the next lists. */
  async replace(desk: string, holder: Holder, cause: ReplacementCause): Promise<Holder> {
    const { authority, centre, clock } = this.#parts;
    if (cause === 'lost') await this.settleCases();
    const at = {
      authority,
      store: centre.store,
      calendar: this.calendar,
      rules: this.#parts.authority.rules(this.#parts.timeZone),
      nowMs: clock.ms,
    };
    const replaced = await replaceCard(holder, cause, { ...at, desk: this.#terminal(desk), book: this.#book });
    this.holders.push(replaced);
    await this.#publish();
    return replaced;
  }

  /** Has settlement look at everything that the centre has, once. */
  async settleCases(): Promise<void> {
    const { centre, clock } = this.#parts;
    await settleOnce(centre.store, this.#parts.authority.rules(this.#parts.timeZone), clock);
  }

  /** Number of a site. */
  siteNumber(site: string): number {
    const number = this.#sites.get(site);
    if (number === undefined) throw new WaslError('ERR_INTERNAL', `the scenario has no site ${site}`);
    return number;
  }

  /** The authority renews cards from their end on, by so many days; each is written at its next tap, wherever that is. */
  async renew(holders: readonly Holder[], days: number): Promise<void> {
    if (holders.length === 0) return;
    const { authority, clock } = this.#parts;
    await renewCards(holders, days, { authority, nowMs: clock.ms });
    await this.#publish();
  }

  /** So many taps come in a day at most, at all desks: with many desks people are served at the same time, one tap closely behind the other. */
  expect(tapsADay: number): void {
    this.#tapMs = Math.max(1, Math.min(TAP_MS, Math.floor(OPEN_MS / tapsADay)));
  }

  /** One tap of somebody's card at a terminal. */
  async tap(name: string, holder: Holder, wish: Wish, options?: TapOptions): Promise<DeskState> {
    return await this.#counted(name, (terminal) => terminal.tap(holder.card, wish, options));
  }

  /** The slip that was printed last at a terminal; empty for none. */
  readonly slip = (name: string): string => this.#terminal(name).slip();

  /** Somebody of a list, without a card, at a terminal. */
  async serve(name: string, person: ListedName, wish: Wish, options: ServeOptions = {}): Promise<DeskState> {
    return await this.#counted(name, (terminal) => terminal.serve(person, wish, options));
  }

  /** Imports a list of so many persons from a table, and brings it to every terminal; good for a quarter. */
  async list(name: string, count: number): Promise<readonly ListedName[]> {
    const { authority, clock, seed } = this.#parts;
    const { persons, sealed } = importedList({
      ...{ name, count, nowMs: clock.ms, signer: authority.signer, random: new Stream(`${seed} ${name}`) },
      terminals: this.#listed.map(({ signer }) => signer.publicKey),
    });
    for (const terminal of this.#terminals.values()) await terminal.list(name, sealed);
    return persons;
  }

  /** The keys of the health roles are sealed to these terminals, and to no others. */
  async openHealth(names: readonly string[]): Promise<void> {
    const { authority, seed } = this.#parts;
    const terminals = this.#listed.filter(({ name }) => names.includes(name)).map(({ signer }) => signer.publicKey);
    const sealed = authority.sealHealth(terminals, new Stream(`${seed} health keys`));
    for (const name of names) await this.#terminal(name).healthKeys(sealed);
  }

  /** Somebody's health records are opened at a terminal, and written. */
  async records(name: string, holder: Holder, wish: RecordsWish = {}): Promise<HealthDeskState> {
    this.#parts.clock.ms += TAP_MS;
    this.taps += 1;
    return this.#terminal(name).records(holder.card, wish);
  }

  async #counted(name: string, visit: (terminal: ScenarioTerminal) => Promise<DeskState>): Promise<DeskState> {
    this.#parts.clock.ms += this.#tapMs;
    this.taps += 1;
    const end = await visit(this.#terminal(name));
    if (end.name === 'granted' || end.name === 'listed-granted') {
      this.services += 1;
      this.#servedToday.set(name, (this.#servedToday.get(name) ?? 0) + 1);
    }
    return end;
  }

  /** Somebody is served, and it is taken back before anything is handed over: the shelf is empty. */
  async takeBack(name: string, holder: Holder, wish: Wish, options: TapOptions = {}): Promise<DeskState> {
    this.#parts.clock.ms += 2 * this.#tapMs;
    this.taps += 1;
    return this.#terminal(name).takeBack(holder.card, wish, options);
  }

  /** What statements of outlets are worked out from, as the centre has it now. */
  statements(): StatementParts {
    const { centre, clock } = this.#parts;
    return { store: centre.store, rules: this.#parts.authority.rules(this.#parts.timeZone), clock };
  }

  /** Parties of the centre have a database each from now on. */
  async openViews(order: ViewsOrder): Promise<void> {
    const { couch, store } = this.#parts.centre;
    const { authority } = this.#parts;
    const parts = { couch, ...this.statements(), store, sites: authority.sites, key: authority.key('views') };
    this.views = await startViews(parts, order);
  }

  /** The journals of all terminals, as bytes of events. */
  readonly journals = (): Promise<readonly JournalDump[]> => journalsOf([...this.#terminals.values()]);

  /** The payment machine of a terminal: it takes the next payments in these moods, the last of them from then on. */
  machineAt(name: string): SimulatedPaymentMachine {
    const { machine } = this.#terminal(name);
    if (machine === null) throw new WaslError('ERR_INTERNAL', `the terminal ${name} has no payment machine`);
    return machine;
  }

  /** What the payment machines have in their books. */
  books(): BookedPayment[] {
    return booksOf([...this.#terminals.values()]);
  }

  /** The network at these terminals goes away, or comes back. */
  async network(names: readonly string[], state: 'away' | 'back'): Promise<void> {
    for (const name of names) {
      if (state === 'away') {
        this.#offline.add(name);
        await this.#terminal(name).disconnect();
      } else if (this.#offline.delete(name)) {
        await this.#terminal(name).take(this.#lists);
        this.#terminal(name).connect();
      }
    }
  }

  /** The authority rules differently; terminals that are connected take the lists in, the others when they are back. */
  async rule(change: (policy: PolicyDocument) => PolicyDocument): Promise<void> {
    this.#parts.authority.rule(change);
    await this.#publish();
  }

  /** What is connected hands over what it has. */
  async sync(): Promise<void> {
    for (const terminal of this.#terminals.values()) await terminal.followPayments();
    const online = [...this.#terminals.values()].filter(({ name }) => !this.#offline.has(name));
    await Promise.all(online.map((terminal) => terminal.drained()));
  }

  /** Ends the day: what is connected hands over what it has, and the next morning comes. */
  async sleep(): Promise<void> {
    await this.sync();
    const day = this.today;
    for (const [name, terminal] of this.#terminals) {
      const services = this.#servedToday.get(name) ?? 0;
      this.figures.push({
        day,
        terminal: name,
        services,
        backlog: terminal.backlog(),
        online: !this.#offline.has(name),
      });
    }
    this.#servedToday.clear();
    // Whoever came after midnight came on another day than the story says.
    if (this.today !== this.#began)
      throw new WaslError('ERR_USAGE', `more people came on ${this.#began} than a day has room for: take fewer`);
    this.#began = isoDay(this.calendar.dayOf(this.#parts.clock.ms) + 1);
    this.#parts.clock.ms = morningOf(this.calendar, this.#began);
  }

  /** Everything is connected and handed over. */
  async settle(): Promise<void> {
    await this.network([...this.#offline], 'back');
    for (const terminal of this.#terminals.values()) await terminal.drained();
  }

  /** Switches everything off that {@link settle} left at rest. */
  async close(): Promise<void> {
    for (const terminal of this.#terminals.values()) await terminal.close();
  }

  async #publish(): Promise<void> {
    this.#lists = this.#parts.authority.publish(this.#parts.clock.ms);
    for (const terminal of this.#terminals.values())
      if (!this.#offline.has(terminal.name)) await terminal.take(this.#lists);
  }

  #terminal(name: string): ScenarioTerminal {
    const terminal = this.#terminals.get(name);
    if (terminal === undefined) throw new WaslError('ERR_INTERNAL', `the scenario has no terminal ${name}`);
    return terminal;
  }
}
