import type { JSX } from 'preact';
import { createPortal } from 'preact/compat';
import { useMemo } from 'preact/hooks';
import encodeQr from 'qr';
import { LANGUAGES, type Language } from '../../../domain/texts.js';
import type { SlipPaperView, SlipView } from '../../state.js';
import { usePage } from '../context.js';
import { Icon } from '../icons.js';
import { Key } from '../key.js';
import { createSpeech } from '../speech.js';

/** Light modules around the code: what a scanner needs to find it (ISO/IEC 18004 §5.3.8). */
const QUIET = 4;

/** The QR code of a slip, as large as its place. */
export function SlipCode({ text }: { readonly text: string }): JSX.Element {
  const { speech } = usePage();
  const { side, path } = useMemo(() => codeOf(text), [text]);
  return (
    <svg class="slip-code" viewBox={`0 0 ${side} ${side}`} role="img" aria-label={speech.say('slipNumber')}>
      <rect width={side} height={side} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}

/** One path for all dark modules, in runs of a row: edges of single squares would show as hairlines on paper. */
function codeOf(text: string): { readonly side: number; readonly path: string } {
  const rows = encodeQr(text, 'raw', { ecc: 'medium', border: QUIET });
  let path = '';
  for (const [y, row] of rows.entries()) {
    for (let x = 0; x < row.length; x += 1) {
      const from = x;
      while (row[x] === true) x += 1;
      if (x > from) path += `M${from} ${y}h${x - from}v1H${from}z`;
    }
  }
  return { side: rows.length, path };
}

/** The slip beside what is handed over: for scanning from the screen, and to be sure that it is the right one. */
export function SlipOnScreen({ slip }: { readonly slip: SlipView }): JSX.Element {
  const { speech } = usePage();
  return (
    <div class="slip-screen">
      <SlipCode text={slip.text} />
      <div class="slip-words">
        <p class="slip-give">{speech.say('slipGive')}</p>
        <SlipPapers slip={slip} />
      </div>
    </div>
  );
}

/** Number, what for, where and until when, in the language of the page. */
export function SlipPapers({ slip }: { readonly slip: SlipView }): JSX.Element {
  const { speech } = usePage();
  return (
    <div class="slip-papers">
      <p>
        {speech.say('slipNumber')}{' '}
        <bdi class="id slip-number" dir="ltr">
          {slip.number}
        </bdi>
      </p>
      {slip.papers.map((paper) => (
        <p key={speech.pick(paper.name)}>
          <strong>{speech.number(paper.units)}</strong> <bdi>{speech.pick(paper.name)}</bdi>
          {'\u00a0· '}
          <SitePart paper={paper} />
          {'\u00a0· '}
          {speech.say('slipUntil')} <bdi class="id">{paper.until}</bdi>
        </p>
      ))}
    </div>
  );
}

function SitePart({ paper }: { readonly paper: SlipPaperView }): JSX.Element {
  const { speech } = usePage();
  if (paper.site === null) return <span>{speech.say('slipAnywhere')}</span>;
  return (
    <span>
      {speech.say('slipAt')} <bdi class="id">{paper.site}</bdi>
    </span>
  );
}

/** Prints a slip: as often as it is needed, until it was handed over. */
export function PrintKey({ slip, isListed }: { readonly slip: SlipView; readonly isListed: boolean }): JSX.Element {
  const { speech, busy } = usePage();
  return (
    <>
      <Key
        kind="plain"
        id={`print-${slip.number.replace(' ', '')}`}
        disabled={busy}
        onPress={() => printSlip(slip.text)}
      >
        <Icon name="print" />
        {speech.say('slipPrint')}
      </Key>
      {createPortal(<PrintedSlip slip={slip} isListed={isListed} />, document.body)}
    </>
  );
}

/** Of several slips on the page, the one that was asked for is printed, and nothing else: see `slip.css`. */
function printSlip(text: string): void {
  for (const sheet of document.querySelectorAll<HTMLElement>('.slip-sheet'))
    sheet.dataset.printed = String(sheet.dataset.slip === text);
  window.print();
}

/** The sheet of paper: the code, and everything in every language, since nobody knows who reads it next. Never on the screen. */
function PrintedSlip({ slip, isListed }: { readonly slip: SlipView; readonly isListed: boolean }): JSX.Element {
  return (
    <article class="slip-sheet" data-slip={slip.text} data-printed="false" aria-hidden="true">
      <header>
        <bdi class="id" dir="ltr">
          {slip.number}
        </bdi>
        <bdi class="id" dir="ltr">
          {slip.day}
        </bdi>
      </header>
      <SlipCode text={slip.text} />
      {LANGUAGES.map((language) => (
        <InLanguage key={language} slip={slip} isListed={isListed} language={language} />
      ))}
    </article>
  );
}

function InLanguage({
  slip,
  isListed,
  language,
}: {
  readonly slip: SlipView;
  readonly isListed: boolean;
  readonly language: Language;
}): JSX.Element {
  const speech = useMemo(() => createSpeech(language), [language]);
  return (
    <section lang={language} dir={speech.direction}>
      {slip.papers.map((paper) => (
        <p key={paper.name.en}>
          <strong>
            <bdi>{speech.pick(paper.name)}</bdi> {'\u00d7\u00a0'}
            {speech.number(paper.units)}
          </strong>
          <br />
          {paper.site === null ? (
            speech.say('slipAnywhere')
          ) : (
            <>
              {speech.say('slipAt')} <bdi>{paper.site}</bdi>
            </>
          )}
          {' · '}
          {speech.say('slipUntil')} <bdi class="id">{paper.until}</bdi>
        </p>
      ))}
      <p class="slip-whose">
        {speech.say(isListed ? 'slipForListed' : 'slipFor')} <bdi class="id">{slip.ending}</bdi> ·{' '}
        {speech.say('slipKeep')}
      </p>
    </section>
  );
}
