/**
 * Exhaustive runs over taps: two terminals, one card, one or two taps, and **every** place at which power, process, disk or card
 * can fail in them. Real journal, tap, ledger and medium over a simulated disk and a simulated NTAG.
 *
 *   a card and two terminals ─ one fault at every place ─▶ states ─ taps without faults, in both orders ─▶ invariants
 *                                                            └─ an older content of the card, a spoilt slot, a blocked card
 *
 * A state that was seen before is not followed again: what comes of it is known.
 */
import { type CardKind, newCard, recordsOn, TORN_KINDS, type TornKind } from './card.js';
import type { Problem } from './check.js';
import { exhaustiveSite, NOW_MS, type Site } from './desk.js';
import { everyCardFault, everyDiskFault, everyPairOfFaults, everySecondCut, type Try } from './faults.js';
import type { Findings } from './findings.js';
import { describe, plainSitting, type Sitting } from './plan.js';
import { type Sat, sit } from './sitting.js';
import { type Desk, digestOf, newWorld, type World } from './world.js';

/** One sitting that every fault is tried in. */
interface Stage {
  readonly name: string;
  readonly kind: CardKind;
  readonly from: World;
  readonly sitting: Sitting;
}

/** The smaller card has the same code under it: its other layout is what is to be tried. */
const FEWER_TORN_KINDS: readonly TornKind[] = ['bytes-0', 'bytes-2', 'bytes-4', 'weak', 'fading'];

/** Into the evening before, as the site counts days, and less than two honest clocks may differ by. */
const CLOCK_BACK_MS = 12 * 3_600_000;

/** See the head of this file. */
export class TapExploration {
  readonly #site: Site = exhaustiveSite();
  readonly #findings: Findings;
  readonly #isQuick: boolean;

  /** A quick one is one tap with one card of the larger kind, and fewer kinds of torn bits. */
  constructor(findings: Findings, how: { readonly quick: boolean }) {
    this.#findings = findings;
    this.#isQuick = how.quick;
  }

  /** Carries everything out. */
  async explore(): Promise<void> {
    const kinds: readonly CardKind[] = this.#isQuick ? ['ntag216'] : ['ntag216', 'ntag215'];
    for (const kind of kinds) await this.#exploreCard(kind);
  }

  /** One tap, and two taps in a row at two desks and at one. */
  async #exploreCard(kind: CardKind): Promise<void> {
    const card = await newCard(kind, { issuer: this.#site.issuer, nowSec: NOW_MS / 1000, day: this.#site.day });
    const fresh = newWorld(card);
    const first: Sitting = { ...plainSitting(0, NOW_MS), ask: 4 };
    await this.#stage({ name: `${kind}, the first tap`, kind, from: fresh, sitting: first });
    if (this.#isQuick) return;
    const from = (await this.#follow(fresh, first)).world;
    for (const desk of [1, 0] as const) {
      const name = `${kind}, a second tap at ${desk === 0 ? 'the same' : 'the other'} terminal`;
      await this.#stage({ name, kind, from, sitting: { ...plainSitting(desk, NOW_MS), ask: 3 } });
    }
  }

  async #stage(stage: Stage): Promise<void> {
    const { name, kind, from, sitting } = stage;
    const before = this.#findings.states;
    const stories = new Set<string>();
    const attempt = this.#reaching(from, async (world) => {
      await this.#retry(world);
      const known = stories.size;
      if (stories.add(storyOf(world)).size === known) return;
      await this.#attack(world);
      if (from.path.length === 0 && !this.#isQuick) await this.#cutAgain(world, sitting.desk);
    });
    await everyDiskFault(sitting, attempt);
    const isThorough = kind === 'ntag216' && !this.#isQuick;
    await everyCardFault(sitting, isThorough ? TORN_KINDS : FEWER_TORN_KINDS, attempt);
    if (isThorough) await everyPairOfFaults(sitting, 'mixed', attempt);
    const { states } = this.#findings;
    this.#findings.progress(`${name}: ${states - before} states, ${stories.size} stories`);
  }

  /** A second power cut, at every call to the disk of the terminal that starts after a fault. */
  async #cutAgain(world: World, desk: Desk): Promise<void> {
    const attempt = this.#reaching(world, (next) => this.#retry(next));
    await everySecondCut(plainSitting(desk, NOW_MS), attempt);
  }

  /** The card at either terminal, and then at the other. */
  async #retry(world: World): Promise<void> {
    for (const desk of [0, 1] as const) {
      // The clock was set back: neither the time floor may fall nor the quota of the day before be given.
      const sat = await this.#follow(world, plainSitting(desk, NOW_MS - CLOCK_BACK_MS));
      if (!this.#isNew(sat.world)) continue;
      const other: Desk = desk === 0 ? 1 : 0;
      this.#isNew((await this.#follow(sat.world, plainSitting(other, NOW_MS))).world);
    }
  }

  /** An older content of the card at either terminal and then what it is now at the other; its newest record spoilt; the card blocked. */
  async #attack(world: World): Promise<void> {
    for (const desk of [0, 1] as const) {
      const other: Desk = desk === 0 ? 1 : 0;
      const plain = plainSitting(desk, NOW_MS);
      for (const change of [{ card: 'old image' }, { card: 'garbled' }, { hotlisted: true }] as const) {
        const sat = await this.#follow(world, { ...plain, ...change });
        if (!this.#isNew(sat.world) || sat.world.attack === 'none') continue;
        // Back with the card that the other terminal would have seen: two of the same are about now.
        const twin = change.card === 'old image' ? { ...sat.world, card: world.card } : sat.world;
        for (const next of [other, desk]) this.#isNew((await this.#follow(twin, plainSitting(next, NOW_MS))).world);
      }
    }
  }

  /** Carries out sittings in one world, and hands on each new world that they lead to. */
  #reaching(from: World, reached: (world: World) => Promise<void>): Try {
    return async (sitting) => {
      const sat = await this.#follow(from, sitting);
      if (this.#isNew(sat.world)) await reached(sat.world);
      return sat;
    };
  }

  async #follow(from: World, sitting: Sitting): Promise<Sat> {
    const sat = await sit(this.#site, from, sitting);
    this.#count(sat, sitting);
    for (const problem of [...sat.problems, ...unexpected(from, sitting, sat)])
      this.#findings.fail(problem, sat.world.path);
    return sat;
  }

  #count(sat: Sat, { diskFault, cardFault, afterwards }: Sitting): void {
    const { counts } = this.#findings;
    counts.sittings += 1;
    if ((sat.diskHit && diskFault?.verdict === 'cut') || (sat.cardHit && afterwards === 'power')) counts.cuts += 1;
    if (sat.diskHit && diskFault?.verdict === 'kill') counts.kills += 1;
    if (sat.diskHit && (diskFault?.verdict === 'ENOSPC' || diskFault?.verdict === 'EIO')) counts.diskErrors += 1;
    if (sat.cardHit && cardFault?.kind === 'torn') counts.tears += 1;
    if (sat.cardHit && cardFault?.kind === 'removed') counts.removals += 1;
  }

  #isNew(world: World): boolean {
    return this.#findings.isNew(digestOf(world));
  }
}

/** What the journals and the card tell together, without the names that chance gave: where exactly a card was torn makes no difference to an attack. */
function storyOf(world: World): string {
  const told = world.promises.map(({ events, intents, closing, shown, handing }) => [
    events.size,
    ...intents.values(),
    closing.size,
    shown.size,
    handing.size,
  ]);
  const grants = [...world.grants.values()].map(({ desk, sequence, quantity }) => [desk, sequence, quantity]);
  const standing = recordsOn(world.card).map(({ sequence, signer }) => [sequence, signer]);
  const files = world.disks.map((disk) => [...disk.keys()]);
  return JSON.stringify([told, grants, standing, [...world.debits], files]);
}

/** What a sitting without faults must not end in. */
function unexpected(from: World, sitting: Sitting, sat: Sat): Problem[] {
  const { outcome } = sat;
  if (sitting.diskFault !== null || sitting.cardFault !== null) return [];
  const code = outcome?.name === 'refused' ? outcome.code : null;
  const what = `${describe(sitting)} ended in ${outcome?.name ?? 'nothing'} ${code ?? ''}`;
  if (sitting.hotlisted) return code === 'ERR_CREDENTIAL_HOTLISTED' ? [] : [{ invariant: 14, message: what }];
  // Somebody tampered with it: to be refused is as good an end as to be served within what the rules allow.
  if (sat.world.attack !== 'none')
    return outcome?.name === 'granted' || code !== null ? [] : [{ invariant: 20, message: what }];
  const open = openIntentOf(from, sitting.desk);
  if (open !== null && outcome?.name !== 'granted')
    return [{ invariant: 3, message: `${what}: the interrupted tap ${open} was not completed` }];
  return outcome?.name === 'granted' || code === 'ERR_QUOTA_DAY' ? [] : [{ invariant: 20, message: what }];
}

/** The intent of a desk that nobody ended, while no other terminal has written to the card since. */
function openIntentOf(world: World, desk: Desk): string | null {
  const { intents, closing } = world.promises[desk];
  for (const [tapId, sequence] of intents) {
    const granted = [...world.grants.values()].some((grant) => grant.desk === desk && grant.sequence === sequence);
    const overtaken = [...world.debits].some((debit) => {
      const [by, written] = debit.split(':').map(Number);
      return by !== desk && (written ?? 0) >= sequence;
    });
    if (!granted && !closing.has(tapId) && !overtaken) return tapId;
  }
  return null;
}
