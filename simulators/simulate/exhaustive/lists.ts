/**
 * Exhaustive runs over what a terminal is told to trust: newer lists are brought to it, and the power is cut at every call to the disk
 * while they are taken in; then older ones, or old and new ones mixed.
 */
import { LIST_KINDS, type ListKind } from '../../../agent/credential/signed-list.js';
import { isWaslError } from '../../../agent/domain/errors.js';
import { listFile, type OpenTrust, openTrust } from '../../../agent/trust/open-trust.js';
import type { TrustVersions } from '../../../agent/trust/trust.js';
import { isPowerCut } from '../../world/disk-call.js';
import { LOSE_ALL, type Tear } from '../../world/inode.js';
import { MemoryDisk } from '../../world/memory-disk.js';
import { TEARS } from '../../world/tears.js';
import { createKit, type Kit, type Publication, START_MS } from '../kit.js';
import type { Findings } from './findings.js';

const FOLDER = '/lists';
const MEMORY = '/data/lists';
const CALLS_MAX = 1_000;

/** Cards that each publication blocks. */
const BLOCKED: readonly (readonly number[])[] = [[], [100_001], [100_001, 100_004]];

/** What became of the lists that a terminal was brought. */
interface Outcome {
  readonly trust: OpenTrust | null;
  readonly versions: TrustVersions | null;
  readonly isHit: boolean;
}

/** Tries everything. */
export async function exploreLists(findings: Findings): Promise<void> {
  const exploration = new ListExploration(findings, await createKit());
  for (const verdict of ['cut', 'kill', 'ENOSPC', 'EIO'] as const) {
    for (const tear of verdict === 'cut' ? TEARS : [LOSE_ALL]) {
      for (let call = 0; call < CALLS_MAX && (await exploration.interrupted({ call, verdict, tear })); call += 1);
    }
  }
  await exploration.outdated();
  findings.progress(`lists: ${findings.states} states in all`);
}

class ListExploration {
  readonly #findings: Findings;
  readonly #kit: Kit;

  constructor(findings: Findings, kit: Kit) {
    this.#findings = findings;
    this.#kit = kit;
  }

  /** The second publication is brought and its taking in interrupted; then a start, and one after the first was put back. False when the call was never made. */
  async interrupted(at: {
    readonly call: number;
    readonly verdict: 'cut' | 'kill' | 'ENOSPC' | 'EIO';
    readonly tear: Tear;
  }): Promise<boolean> {
    const path = [`new lists, ${at.verdict} at disk call ${at.call} (${at.tear.name})`];
    const disk = new MemoryDisk();
    this.#bring(disk, 0);
    await this.#start(disk, path);
    this.#bring(disk, 1);
    const first = disk.calls;
    disk.tear = at.tear;
    let isHit = false;
    disk.plan = (call) => {
      if (call.operation === 'read' || call.index !== first + at.call || isHit) return 'go';
      isHit = true;
      return at.verdict;
    };
    const reached = await this.#start(disk, path);
    disk.plan = () => 'go';
    this.#count(at.verdict, isHit);
    if (at.verdict !== 'kill') disk.cut(LOSE_ALL);
    const shown = reached.versions;
    // Whoever put the older ones back, what was once in force binds.
    this.#bring(disk, 0);
    const older = await this.#start(disk, [...path, 'the older lists come back']);
    this.#notBelow(older, shown, path);
    this.#bring(disk, 1);
    const again = await this.#start(disk, [...path, 'the newer ones come again']);
    if (again.trust === null)
      this.#findings.fail({ invariant: 20, message: 'the terminal cannot take its lists any more' }, path);
    else if (again.versions?.hotlist !== 2)
      this.#findings.fail(
        { invariant: 12, message: `the newer lists are not in force: ${JSON.stringify(again.versions)}` },
        path,
      );
    this.#findings.isNew(`lists ${disk.files().map((file) => Buffer.from(disk.peek(file)).toString('base64'))}`);
    return isHit;
  }

  /** After two publications, every mixture of lists of the three is brought. */
  async outdated(): Promise<void> {
    const numbers = [0, 1, 2];
    for (const keys of numbers) {
      for (const terminals of numbers) {
        for (const hotlist of numbers) {
          for (const policy of numbers)
            for (const actions of numbers) await this.#mixture({ keys, terminals, hotlist, policy, actions });
        }
      }
    }
  }

  async #mixture(places: Readonly<Record<ListKind, number>>): Promise<void> {
    const path = [`lists mixed from publications ${LIST_KINDS.map((kind) => places[kind]).join(', ')}`];
    const disk = new MemoryDisk();
    this.#bring(disk, 1);
    const before = await this.#start(disk, path);
    for (const kind of LIST_KINDS) this.#put(disk, kind, places[kind]);
    const after = await this.#start(disk, path);
    this.#findings.counts.sittings += 1;
    this.#notBelow(after, before.versions, path);
    const isOlder = LIST_KINDS.some((kind) => places[kind] < 1);
    const inForce = after.versions === null ? null : LIST_KINDS.map((kind) => (after.versions?.[kind] ?? 0) - 1);
    const expected = LIST_KINDS.map((kind) => (isOlder ? 1 : places[kind]));
    if (inForce?.join() !== expected.join())
      this.#findings.fail(
        { invariant: 13, message: `in force is ${inForce?.join()}, and not ${expected.join()}` },
        path,
      );
    this.#findings.isNew(`lists ${expected.join()}`);
  }

  /** Starts a terminal's trust, and checks that what is in force is one of the publications, whole. */
  async #start(disk: MemoryDisk, path: readonly string[]): Promise<Outcome> {
    let trust: OpenTrust | null = null;
    try {
      trust = await openTrust({
        disk: disk.session(),
        folder: FOLDER,
        memory: MEMORY,
        authority: this.#kit.authority.verifier,
      });
    } catch (error) {
      if (!isWaslError(error) && !isPowerCut(error))
        this.#findings.fail({ invariant: 20, message: `lists ended in ${String(error)}` }, path);
      return { trust: null, versions: null, isHit: true };
    }
    const versions = trust.versions();
    const blocked = BLOCKED[versions.hotlist - 1] ?? [];
    for (const card of BLOCKED.flat()) {
      if (trust.isHotlisted(card) !== blocked.includes(card))
        this.#findings.fail(
          { invariant: 13, message: `hotlist ${versions.hotlist} in force misjudges card ${card}` },
          path,
        );
    }
    return { trust, versions, isHit: false };
  }

  #notBelow(after: Outcome, shown: TrustVersions | null, path: readonly string[]): void {
    if (after.versions === null || shown === null) return;
    for (const kind of LIST_KINDS) {
      if (after.versions[kind] < shown[kind])
        this.#findings.fail(
          { invariant: 12, message: `the ${kind} list fell from ${shown[kind]} to ${after.versions[kind]}` },
          path,
        );
    }
  }

  #bring(disk: MemoryDisk, publication: number): void {
    for (const kind of LIST_KINDS) this.#put(disk, kind, publication);
  }

  #put(disk: MemoryDisk, kind: ListKind, publication: number): void {
    disk.poke(`${FOLDER}/${listFile(kind)}`, this.#kit.list(kind, publicationOf(publication)));
  }

  #count(verdict: string, isHit: boolean): void {
    const { counts } = this.#findings;
    counts.sittings += 1;
    if (!isHit) return;
    if (verdict === 'cut') counts.cuts += 1;
    else if (verdict === 'kill') counts.kills += 1;
    else counts.diskErrors += 1;
  }
}

function publicationOf(publication: number): Publication {
  const version = publication + 1;
  return {
    versions: { keys: version, terminals: version, hotlist: version, policy: version, actions: version },
    hotlist: BLOCKED[publication] ?? [],
    monthly: 900 + publication,
    doubtful: 5,
    issuedAt: START_MS / 1000 + publication * 86_400,
  };
}
