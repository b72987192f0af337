/** What an offer asks for besides quantities: papers, sites, exemptions and proofs. */
import type { JSX } from 'preact';
import type { PaperKind } from '../../../domain/policy.js';
import type { ItemView, OfferMore, PaperView, Screen } from '../../state.js';
import { usePage } from '../context.js';
import { Icon } from '../icons.js';
import { Key } from '../key.js';
import type { TextKey } from '../texts.js';
import { Hint, PersonKey, PinEntry, usePin } from './pin.js';
import { Sheet } from './sheet.js';

type Offer = Extract<Screen, { readonly name: 'offer' }>;

const PAPER_WORDS: Readonly<Record<PaperKind, TextKey>> = {
  referral: 'paperReferral',
  prescription: 'paperPrescription',
  appointment: 'paperAppointment',
  request: 'paperRequest',
};

/** Papers that have room in one line; all of them are behind their key. */
const PAPERS_IN_LINE = 2;

/** Why the last claim did not do; else the papers that the card carries, those for this site first. */
export function OfferNotes({ more }: { readonly more: OfferMore }): JSX.Element | null {
  const { hint, papers } = more;
  if (hint !== null) return <Hint hint={hint} />;
  if (papers.length === 0) return null;
  return (
    <ul class="papers">
      {usableFirst(papers)
        .slice(0, PAPERS_IN_LINE)
        .map((paper) => (
          <Paper key={keyOf(paper)} paper={paper} />
        ))}
    </ul>
  );
}

/** All papers of the card, each in full. */
export function PapersSheet({ more, onBack }: { readonly more: OfferMore; readonly onBack: () => void }): JSX.Element {
  const { speech } = usePage();
  return (
    <Sheet title={speech.say('papersOnCard')} onBack={onBack}>
      <ul class="papers-all">
        {usableFirst(more.papers).map((paper) => (
          <Paper key={keyOf(paper)} paper={paper} />
        ))}
      </ul>
    </Sheet>
  );
}

/** Opens the {@link PapersSheet}; says how many there are. */
export function PapersKey({
  more,
  onPress,
}: {
  readonly more: OfferMore;
  readonly onPress: () => void;
}): JSX.Element | null {
  const { speech } = usePage();
  if (more.papers.length === 0) return null;
  return (
    <Key kind="choice" id="papers" onPress={onPress}>
      <Icon name="card" />
      <span class="claim-name">{speech.count('papers', more.papers.length)}</span>
    </Key>
  );
}

function usableFirst(papers: readonly PaperView[]): readonly PaperView[] {
  const isElsewhere = ({ site }: PaperView): number => (site === null || site.isHere ? 0 : 1);
  return [...papers].sort((a, b) => isElsewhere(a) - isElsewhere(b) || a.until.localeCompare(b.until));
}

function keyOf({ kind, until, name, site }: PaperView): string {
  return `${kind} ${until} ${name.en} ${site?.name ?? ''}`;
}

/** What is left, for what, until when, and where. */
function Paper({ paper }: { readonly paper: PaperView }): JSX.Element {
  const { speech } = usePage();
  const { kind, name, unit, left, until, site } = paper;
  return (
    <li class="paper" data-elsewhere={site !== null && !site.isHere}>
      <strong>{speech.say(PAPER_WORDS[kind])}</strong> <bdi>{speech.pick(name)}</bdi>{' '}
      <bdi>{`${speech.number(left)} ${speech.word(unit, left)}`}</bdi>{' '}
      <span>{speech.say('untilDay', { day: speech.day(until) })}</span>{' '}
      {site !== null && (site.isHere ? <span>{speech.say('paperHere')}</span> : <bdi class="id">{site.name}</bdi>)}
    </li>
  );
}

/** Nothing may be had as things are: only an exemption helps. */
export function EmptyOffer(): JSX.Element {
  const { speech } = usePage();
  return <p class="offer-empty">{speech.say('onlyExemption')}</p>;
}

interface ClaimKeysProps {
  readonly tapId: string;
  readonly more: OfferMore;
  /** A supervisor has to allow this exemption. */
  readonly onPin: (exemption: number) => void;
}

/** One key for each exemption, by its name, and one for a document that the clerk has seen. */
export function ClaimKeys({ tapId, more, onPin }: ClaimKeysProps): JSX.Element {
  const { speech, act, busy } = usePage();
  const claimed = more.exemptions.find(({ isClaimed }) => isClaimed);
  const isSeen = more.proof?.document === 'given';
  const exempt = (number: number, supervisor: boolean): void => {
    if (claimed?.number === number) act({ type: 'claim', tapId, ...factors(isSeen) });
    else if (supervisor) onPin(number);
    else act({ type: 'claim', tapId, exemption: number, ...factors(isSeen) });
  };
  return (
    <>
      {more.exemptions.map(({ number, name, supervisor, isClaimed }) => (
        <Key
          key={number}
          kind="choice"
          id={`exemption-${number}`}
          pressed={isClaimed}
          disabled={busy || (supervisor && !isClaimed && more.supervisors.length === 0)}
          onPress={() => exempt(number, supervisor)}
        >
          <Icon name="warning" />
          <bdi class="claim-name">{speech.pick(name)}</bdi>
        </Key>
      ))}
      {more.proof?.pin === undefined && <DocumentKey tapId={tapId} more={more} />}
    </>
  );
}

function factors(isSeen: boolean): { readonly factors?: readonly 'id-document'[] } {
  return isSeen ? { factors: ['id-document'] } : {};
}

/** Says that the clerk has seen a document of the holder, or takes that back; nothing where no document does. */
export function DocumentKey({
  tapId,
  more,
  onDone,
}: {
  readonly tapId: string;
  readonly more: OfferMore;
  readonly onDone?: () => void;
}): JSX.Element | null {
  const { speech, act, busy } = usePage();
  const { proof, exemptions } = more;
  if (proof === null || proof.document === 'not-accepted') return null;
  const isSeen = proof.document === 'given';
  const claimed = exemptions.find(({ isClaimed }) => isClaimed);
  // A supervisor's word is not kept on the page: what was allowed with a PIN is asked for again.
  const kept = claimed === undefined || claimed.supervisor ? {} : { exemption: claimed.number };
  const press = (): void => {
    act({ type: 'claim', tapId, ...kept, ...factors(!isSeen) });
    onDone?.();
  };
  return (
    <Key kind="choice" id="document" pressed={isSeen} disabled={busy} onPress={press}>
      <Icon name={isSeen ? 'check' : 'card'} />
      <span class="claim-name">{speech.say('documentSeen')}</span>
    </Key>
  );
}

interface SheetProps<Chosen> {
  readonly item: ItemView;
  readonly at: Chosen;
  readonly onChoose: (chosen: Chosen) => void;
  readonly onBack: () => void;
}

/** What a paper is written for. */
export function PurposeSheet({ item, at, onChoose, onBack }: SheetProps<string | null>): JSX.Element {
  const { speech } = usePage();
  return (
    <Sheet title={speech.say('chooseFor')} onBack={onBack}>
      {item.writes?.isOptional === true && (
        <Key kind="choice" id="for-none" pressed={at === null} onPress={() => onChoose(null)}>
          {speech.say('withoutPaper')}
        </Key>
      )}
      {item.writes?.for.map(({ commodity, name }) => (
        <Key
          key={commodity}
          kind="choice"
          id={`for-${commodity}`}
          pressed={at === commodity}
          onPress={() => onChoose(commodity)}
        >
          <bdi>{speech.pick(name)}</bdi>
        </Key>
      ))}
    </Sheet>
  );
}

/** Where the holder wants to take it: one of the accredited sites. */
export function SiteSheet({ item, at, onChoose, onBack }: SheetProps<number>): JSX.Element {
  const { speech } = usePage();
  const sites = item.writes?.sites ?? [];
  return (
    <Sheet title={speech.say('chooseSite')} onBack={onBack}>
      {sites.length === 0 && <p class="hint">{speech.say('noSites')}</p>}
      {sites.map(({ number, name, area }) => (
        <Key key={number} kind="choice" id={`site-${number}`} pressed={at === number} onPress={() => onChoose(number)}>
          <span class="site-words">
            <bdi class="id">{name}</bdi>
            <bdi class="site-area">{area}</bdi>
          </span>
        </Key>
      ))}
    </Sheet>
  );
}

interface ExemptionPinProps {
  readonly offer: Offer;
  readonly more: OfferMore;
  readonly exemption: number;
  readonly onBack: () => void;
}

/** A supervisor allows an exemption with a PIN. The PIN stays on this screen until it is sent, and is gone then. */
export function ExemptionPin({ offer, more, exemption, onBack }: ExemptionPinProps): JSX.Element {
  const { speech, act, busy } = usePage();
  const onPin = (supervisor: number, pin: string): void => {
    const seen = more.proof?.document === 'given' ? { factors: ['id-document' as const] } : {};
    act({ type: 'claim', tapId: offer.tapId, exemption, supervisor, pin, ...seen });
  };
  const typed = usePin({ people: more.supervisors, onPin, onCancel: onBack });
  const name = more.exemptions.find(({ number }) => number === exemption)?.name;
  return (
    <section class="screen authorise">
      <div class="authorise-facts">
        <h1 class="authorise-title">{speech.say('authoriseTitle')}</h1>
        <p class="authorise-what">
          <bdi>{name === undefined ? '' : speech.pick(name)}</bdi>
        </p>
        <PersonKey typed={typed} id="supervisor" />
        <Hint hint={more.hint} />
        <Key kind="plain" id="cancel" disabled={busy} onPress={onBack}>
          <Icon name="cross" />
          {speech.say('goBack')}
        </Key>
      </div>
      <PinEntry typed={typed} ask={speech.say('pin')} allow={speech.say('allow')} id="allow" />
    </section>
  );
}
