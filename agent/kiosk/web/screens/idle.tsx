import type { JSX } from 'preact';
import type { HandoverView, Screen, ShiftView, StatusBar } from '../../state.js';
import { Connection } from '../bar.js';
import { usePage } from '../context.js';
import { CardOnReader, Icon } from '../icons.js';
import { Key } from '../key.js';
import { Amounts, CardEnding, CollectedBy, TakeBackKey } from './parts.js';
import { PrintKey, SlipPapers } from './slip.js';

/** Most unconfirmed hand-overs in the list, which scrolls; the others follow as these are confirmed. */
const PENDING_LISTED_MAX = 50;

/** What an {@link IdleScreen} is given. */
export interface IdleScreenProps {
  readonly idle: Extract<Screen, { readonly name: 'idle' }>;
  readonly bar: StatusBar;
  /** The bar has no room for how the line to the centre is. */
  readonly tellsConnection: boolean;
}

/** Nobody there: present a card, or search for somebody without one; and what was granted but never confirmed as handed over. */
export function IdleScreen({ idle, bar, tellsConnection }: IdleScreenProps): JSX.Element {
  const { speech, act, busy } = usePage();
  const { pending, canSearch, canRepresent, standIn, slip, operator, shift, keepsStock } = idle;
  const missing = bar.readers.filter((reader) => !reader.ready);
  const blocked = missing.length === bar.readers.length;
  return (
    <section
      class="screen idle"
      data-pending={pending.length > 0}
      data-blocked={blocked}
      data-searchable={canSearch === true || canRepresent === true}
    >
      <div class="idle-invite">
        {blocked ? (
          <span class="idle-blocked">
            <Icon name="reader" large />
          </span>
        ) : (
          <CardOnReader motion="invite" />
        )}
        <div class="idle-words">
          <h1 class="title" data-slip={slip !== undefined}>
            {speech.say(slip === undefined ? titleOf(blocked, standIn !== undefined) : 'slipRead')}
          </h1>
          {slip !== undefined ? (
            <>
              <p class="hint">
                <CardEnding of={{ cardEnding: slip.slip.ending }} />
              </p>
              <SlipPapers slip={slip.slip} />
            </>
          ) : standIn === undefined ? (
            <p class="hint">{speech.say(blocked ? 'noReaderHint' : 'idleHint')}</p>
          ) : (
            <p class="hint">
              <CollectedBy holder={standIn.holder} />
            </p>
          )}
        </div>
      </div>
      <footer class="idle-foot">
        <p>
          <Icon name="check" />
          {speech.count('servedToday', bar.servedToday)}
        </p>
        {operator !== undefined && (
          <Key kind="plain" id="log-out" disabled={busy} onPress={() => act({ type: 'log-out' })}>
            <Icon name="persons" />
            {speech.say('logOut', { name: operator })}
          </Key>
        )}
        {slip !== undefined && (
          <Key kind="plain" id="cancel-slip" disabled={busy} onPress={() => act({ type: 'cancel', tapId: slip.tapId })}>
            <Icon name="cross" />
            {speech.say('slipNot')}
          </Key>
        )}
        {standIn !== undefined && slip === undefined && (
          <Key kind="plain" id="cancel" disabled={busy} onPress={() => act({ type: 'cancel', tapId: standIn.tapId })}>
            <Icon name="cross" />
            {speech.say('notForSomebodyElse')}
          </Key>
        )}
        {canRepresent === true && standIn === undefined && (
          <Key kind="plain" id="represent" disabled={busy} onPress={() => act({ type: 'represent' })}>
            <Icon name="persons" />
            {speech.say('forSomebodyElse')}
          </Key>
        )}
        {canSearch === true && (
          <Key kind="plain" id="search" disabled={busy} onPress={() => act({ type: 'search' })}>
            <Icon name="persons" />
            {speech.say('withoutCard')}
          </Key>
        )}
        {shift !== undefined && <ShiftKey shift={shift} />}
        {keepsStock === true && (
          <Key kind="plain" id="goods" disabled={busy} onPress={() => act({ type: 'goods' })}>
            {speech.say('goods')}
          </Key>
        )}
        {tellsConnection && <Connection bar={bar} isSmall={false} />}
        {missing.length > 0 && <MissingReaders names={missing.map((reader) => reader.name)} />}
      </footer>
      {pending.length > 0 && <Pending pending={pending} />}
    </section>
  );
}

function titleOf(blocked: boolean, isRepresented: boolean): 'noReaderTitle' | 'holdersCardTitle' | 'idleTitle' {
  if (blocked) return 'noReaderTitle';
  return isRepresented ? 'holdersCardTitle' : 'idleTitle';
}

/** Opens or closes the shift; says that one was forgotten. */
function ShiftKey({ shift }: { readonly shift: ShiftView | null }): JSX.Element {
  const { speech, act, busy, nowMs } = usePage();
  const isForgotten = shift !== null && (shift.isOld || !shift.isOwn);
  return (
    <>
      {isForgotten && (
        <p class="idle-shift" role="status">
          <Icon name="warning" />
          {speech.say('shiftOld', { when: speech.ago(shift.sinceMs, nowMs) })}
        </p>
      )}
      <Key kind="plain" id="shift" disabled={busy} onPress={() => act({ type: 'shift' })}>
        {speech.say(shift === null ? 'shiftOpen' : 'shiftClose')}
      </Key>
    </>
  );
}

function MissingReaders({ names }: { readonly names: readonly string[] }): JSX.Element {
  const { speech } = usePage();
  return (
    <p class="idle-missing" role="status">
      <Icon name="warning" />
      <span>
        {speech.say('readerMissing')} <bdi class="id">{names[0]}</bdi>
        {names.length > 1 && <bdi> +{speech.number(names.length - 1)}</bdi>}
      </span>
    </p>
  );
}

function Pending({ pending }: { readonly pending: readonly HandoverView[] }): JSX.Element {
  const { speech } = usePage();
  const unlisted = pending.length - PENDING_LISTED_MAX;
  return (
    <div class="pending">
      <h2>
        <Icon name="warning" />
        {speech.count('pending', pending.length)}
      </h2>
      <p>{speech.say('handoverQuestion')}</p>
      <ul>
        {pending.slice(0, PENDING_LISTED_MAX).map((handover) => (
          <PendingRow key={handover.tapId} handover={handover} />
        ))}
        {unlisted > 0 && <li>{speech.count('pendingMore', unlisted)}</li>}
      </ul>
    </div>
  );
}

function PendingRow({ handover }: { readonly handover: HandoverView }): JSX.Element {
  const { speech, act, busy, nowMs } = usePage();
  return (
    <li>
      <div class="pending-what">
        <Amounts taken={handover.taken} />
        <p>{speech.ago(handover.atMs, nowMs)}</p>
        <p>
          <CardEnding of={handover} />
        </p>
        <p class="pending-receipt">
          <bdi class="id" dir="auto">
            {handover.receipt}
          </bdi>
        </p>
      </div>
      {handover.takeBack === 'begun' ? (
        <p class="pending-begun">{speech.say('takeBackBegun')}</p>
      ) : (
        <div class="pending-keys">
          <Key
            kind="plain"
            id={`handover-${handover.tapId}`}
            disabled={busy}
            onPress={() => act({ type: 'handover', tapId: handover.tapId })}
          >
            <Icon name="check" />
            {speech.say('handedOver')}
          </Key>
          {handover.slip !== undefined && <PrintKey slip={handover.slip} isListed={handover.isListed === true} />}
          {handover.slip === undefined && handover.takeBack === 'offered' && (
            <TakeBackKey tapId={handover.tapId} id={`take-back-${handover.tapId}`} />
          )}
        </div>
      )}
    </li>
  );
}
