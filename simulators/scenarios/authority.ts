/** The authority of a scenario: its keys, the lists that it signs, and the cards that it issues. All keys follow from the seed. */
import { createHash } from 'node:crypto';
import { signerFromSeed } from '../../agent/credential/signature.js';
import { encodeList, type ListKind } from '../../agent/credential/signed-list.js';
import type { Randomness } from '../../agent/domain/clock.js';
import { WaslError } from '../../agent/domain/errors.js';
import type { Signer } from '../../agent/domain/keys.js';
import type { Policy } from '../../agent/domain/policy.js';
import { type HealthKeys, sealHealthKeys } from '../../agent/health/keys.js';
import { parseWith, policySchema } from '../../agent/trust/list-schemas.js';
import { type ActionEntry, type CardChange, endorseCards, listedAction } from '../../sync/authority/card-actions.js';
import type { IssuedCard } from '../../sync/authority/issued-cards.js';
import { type SealKey, sealKeyFromSecret } from '../../sync/protocol/seal.js';
import { type HotlistVersion, type ListRules, listRules } from '../../sync/settlement/lists.js';
import { siteHistory } from '../../sync/settlement/sites.js';

/** A site as the authority describes it. */
export interface DescribedSite {
  readonly site: string;
  readonly number: number;
  readonly kind: string;
  readonly area: string;
  readonly accredited: boolean;
}

/** A terminal as the authority lists it. */
export interface ListedTerminal {
  readonly name: string;
  readonly site: string;
  readonly signer: Signer;
}

/** What a scenario's policy is, as a file holds it: without the head that signing puts on. */
export type PolicyDocument = Readonly<Record<string, unknown>>;

/** See the head of this file. */
export class ScenarioAuthority {
  readonly signer: Signer;
  readonly issuer: Signer;
  readonly centre: { readonly seal: SealKey; readonly ack: Signer; readonly ackSeed: Uint8Array };
  /** How sites were described in the lists that were published. */
  readonly sites = siteHistory();
  readonly #seed: string;
  readonly #terminals: ListedTerminal[] = [];
  readonly #versions: Record<ListKind, number> = { keys: 0, terminals: 0, hotlist: 0, policy: 0, actions: 0 };
  readonly #sites = new Map<string, DescribedSite>();
  readonly #published: Policy[] = [];
  readonly #blocked = new Set<number>();
  readonly #hotlists: HotlistVersion[] = [];
  #policy: PolicyDocument;
  #actions: readonly ActionEntry[] = [];

  constructor(seed: string, policy: PolicyDocument) {
    this.#seed = seed;
    this.#policy = policy;
    this.signer = signerFromSeed(this.key('authority'));
    this.issuer = signerFromSeed(this.key('issuer'));
    const ackSeed = this.key('centre ack');
    this.centre = { seal: sealKeyFromSecret(this.key('centre seal')), ack: signerFromSeed(ackSeed), ackSeed };
  }

  /** 32 bytes that follow from the seed and a name. */
  key(name: string): Uint8Array {
    return Uint8Array.from(createHash('sha256').update(`scenario ${this.#seed} ${name}`).digest());
  }

  /** The health authority's own key, and the first one of the health roles. */
  healthKeys(): { readonly authority: SealKey; readonly keys: HealthKeys } {
    const authority = sealKeyFromSecret(this.key('health authority'));
    const first = { epoch: 1, key: sealKeyFromSecret(this.key('health role')) };
    return { authority, keys: { authorityPublicKey: authority.publicKey, epochs: [first] } };
  }

  /** Lists a terminal; the lists have to be published anew. */
  enrol(name: string, site: string): ListedTerminal {
    const terminal = { name, site, signer: signerFromSeed(this.key(`terminal ${name}`)) };
    this.#terminals.push(terminal);
    return terminal;
  }

  /** Describes a site, from the next publication on. */
  describe(site: DescribedSite): void {
    this.#sites.set(site.site, site);
  }

  /** Rules differently from the next publication on. */
  rule(change: (policy: PolicyDocument) => PolicyDocument): void {
    this.#policy = change(this.#policy);
  }

  /** Every policy that was published, oldest first. */
  policies(): readonly Policy[] {
    return this.#published;
  }

  /** The keys of the health roles, sealed to terminals by their public keys. */
  sealHealth(terminals: readonly Uint8Array[], random: Randomness): Uint8Array {
    return sealHealthKeys(this.healthKeys().keys, { authority: this.signer, terminals }, random);
  }

  /** All policies and hotlists that were ever published, as settlement looks them up. */
  rules(timeZone: string): ListRules {
    const rules = listRules({ timeZone });
    for (const policy of this.policies()) rules.addPolicy(policy);
    for (const hotlist of this.hotlists()) rules.addHotlist(hotlist);
    return rules;
  }

  /** Every hotlist that was published, oldest first. */
  hotlists(): readonly HotlistVersion[] {
    return this.#hotlists;
  }

  /** Blocks a card, from the next publication on. */
  block(card: number): void {
    this.#blocked.add(card);
  }

  /** Endorses cards from the next publication on. Throws `ERR_ORDER` for one that cannot be. */
  endorse(changes: readonly CardChange[], issued: ReadonlyMap<number, IssuedCard>, nowSec: number): void {
    const { actions, outcomes } = endorseCards(changes, {
      actions: this.#actions,
      issued,
      issuer: this.issuer,
      nowSec,
    });
    const failed = outcomes.find((outcome) => !outcome.ok);
    if (failed?.ok === false) throw new WaslError(failed.code, failed.message);
    this.#actions = actions;
  }

  /** Every list, one version further, signed at this time. */
  publish(nowMs: number): ReadonlyMap<ListKind, Uint8Array> {
    const window = { notBefore: '2020-01-01T00:00:00Z', notAfter: '2040-01-01T00:00:00Z' };
    const contents: Record<ListKind, object> = {
      keys: { keys: [{ publicKey: hex(this.issuer), programmes: this.#programmes(), ...window }] },
      terminals: {
        terminals: this.#terminals.map(({ name, site, signer }) => ({
          terminal: name,
          site,
          publicKey: hex(signer),
          ...window,
        })),
        sites: [...this.#sites.values()],
      },
      hotlist: { cards: [...this.#blocked].sort((x, y) => x - y) },
      policy: this.#policy,
      actions: { cards: this.#actions.map(listedAction) },
    };
    const issuedAt = new Date(nowMs).toISOString();
    const lists = (Object.keys(contents) as ListKind[]).map((kind) => {
      this.#versions[kind] += 1;
      const head = { version: this.#versions[kind], issuedAt, expires: '2040-01-01T00:00:00Z' };
      if (kind === 'terminals')
        this.sites.add({ version: head.version, issuedAt: Math.floor(nowMs / 1000), sites: [...this.#sites.values()] });
      if (kind === 'hotlist')
        this.#hotlists.push({ version: head.version, issuedAt: Math.floor(nowMs / 1000), cards: [...this.#blocked] });
      if (kind === 'policy') this.#published.push(policyIn({ ...contents[kind], ...head }));
      return [kind, encodeList(kind, { ...contents[kind], ...head }, this.signer)] as const;
    });
    return new Map(lists);
  }

  #programmes(): number[] {
    const { programmes } = this.#policy;
    return Array.isArray(programmes) ? programmes.map(({ number }: { number: number }) => number) : [];
  }
}

function hex({ publicKey }: Signer): string {
  return Buffer.from(publicKey).toString('hex');
}

/** The policy as whoever trusts its signature reads it. */
function policyIn(document: object): Policy {
  const { expires, ...policy } = parseWith(policySchema, document, { code: 'ERR_LIST_FORMAT', name: 'policy.list' });
  return { ...policy, expiresAt: Math.floor(Date.parse(expires) / 1000) } as Policy;
}
