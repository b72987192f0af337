/** The authority of a simulated world: publishes lists, and knows what it has published. */
import { LIST_KINDS, type ListKind } from '../../agent/credential/signed-list.js';
import type { Policy } from '../../agent/domain/policy.js';
import type { Trust, TrustVersions } from '../../agent/trust/trust.js';
import { type Kit, type Publication, START_MS } from './kit.js';

interface Published {
  readonly publication: Publication;
  readonly lists: Readonly<Record<ListKind, Uint8Array>>;
}

const FIRST: Publication = {
  versions: { keys: 1, terminals: 1, hotlist: 1, policy: 1, actions: 1 },
  ...{ hotlist: [], monthly: 120, doubtful: 5, issuedAt: START_MS / 1000 - 3_600 },
};

/** Who else has to know of lists. */
export interface ListLearner {
  addPolicy(policy: Policy): void;
  addHotlist(list: { readonly version: number; readonly issuedAt: number; readonly cards: readonly number[] }): void;
}

/** See the head of this file. */
export class Authority {
  readonly #kit: Kit;
  readonly #learners: ListLearner[] = [];
  readonly #published: Published[];

  constructor(kit: Kit) {
    this.#kit = kit;
    const list = (kind: ListKind): Uint8Array => kit.list(kind, FIRST);
    const lists = {
      keys: list('keys'),
      terminals: list('terminals'),
      hotlist: list('hotlist'),
      policy: list('policy'),
      actions: list('actions'),
    };
    this.#published = [{ publication: FIRST, lists }];
  }

  /** Lists of the newest publication, or of one so many before it. */
  lists(before = 0): Readonly<Record<ListKind, Uint8Array>> {
    return this.#at(before).lists;
  }

  /** Publishes a list that has changed. Nobody's clock is earlier than the time at which it is signed. */
  publish(change: ListKind, card: number, nowMs: number): void {
    const { publication: last, lists } = this.#at(0);
    const versions = { ...last.versions, [change]: last.versions[change] + 1 };
    const hotlist =
      change !== 'hotlist'
        ? last.hotlist
        : last.hotlist.includes(card)
          ? last.hotlist.filter((one) => one !== card)
          : [...last.hotlist, card];
    const policy =
      change === 'policy' ? { monthly: last.monthly === 120 ? 60 : 120, doubtful: last.doubtful === 5 ? 0 : 5 } : {};
    const publication = { ...last, versions, hotlist, ...policy, issuedAt: Math.floor(nowMs / 1000) };
    this.#published.push({ publication, lists: { ...lists, [change]: this.#kit.list(change, publication) } });
    for (const learner of this.#learners) this.#tell(learner, publication);
  }

  /** Tells the centre of every list, those to come included. */
  teach(learner: ListLearner): void {
    this.#learners.push(learner);
    for (const { publication } of this.#published) this.#tell(learner, publication);
  }

  #tell(learner: ListLearner, publication: Publication): void {
    const { versions, hotlist, issuedAt } = publication;
    learner.addHotlist({ version: versions.hotlist, issuedAt, cards: hotlist });
    learner.addPolicy({ ...this.#kit.policy(publication), version: versions.policy });
  }

  #at(before: number): Published {
    const published = this.#published[this.#published.length - 1 - Math.min(before, this.#published.length - 1)];
    if (published === undefined) throw new RangeError('nothing was ever published');
    return published;
  }

  /** See `WorldParts.published`. */
  judge(
    trust: Trust,
    brought: (kind: ListKind) => Uint8Array | null,
  ): { readonly brought: TrustVersions | null; readonly whole: boolean } {
    const versions: Partial<Record<ListKind, number>> = {};
    for (const kind of LIST_KINDS) {
      const bytes = brought(kind);
      const from = this.#published.find(({ lists }) => bytes !== null && Buffer.compare(lists[kind], bytes) === 0);
      if (from !== undefined) versions[kind] = from.publication.versions[kind];
    }
    return { brought: isComplete(versions) ? versions : null, whole: this.#isWhole(trust) };
  }

  /** Whether hotlist and policy in force say what was published under their numbers. */
  #isWhole(trust: Trust): boolean {
    const versions = trust.versions();
    const hotlist = this.#published.find(({ publication }) => publication.versions.hotlist === versions.hotlist);
    const policy = this.#published.find(({ publication }) => publication.versions.policy === versions.policy);
    const [programme] = trust.policy().programmes;
    const monthly = programme?.commodities[0]?.quotas.find(({ every }) => every === 'month')?.amount;
    return (
      hotlist !== undefined &&
      this.#kit.cards.every(
        ({ serial }) => trust.isHotlisted(serial) === hotlist.publication.hotlist.includes(serial),
      ) &&
      policy?.publication.monthly === monthly &&
      policy?.publication.doubtful === programme?.doubtfulLedgerMax &&
      trust.policy().version === versions.policy
    );
  }
}

function isComplete(versions: Partial<Record<ListKind, number>>): versions is Record<ListKind, number> {
  return LIST_KINDS.every((kind) => versions[kind] !== undefined);
}
