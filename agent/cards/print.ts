/**
 * Cards on paper: a PDF for a printing house, one card a page with bleed, or ten on a sheet of A4 with crop marks. Cards have the size ID-1
 * (ISO/IEC 7810 §5: 85.60 × 53.98 mm). Arabic is shaped and ordered by the font's own tables; each text is laid out as one run, since a name
 * that is broken into words would be put together in the wrong order.
 */
import { createRequire } from 'node:module';
import PDFDocument from 'pdfkit';
import { darkRuns, qrModules } from './picture.js';

/** What is printed on one card. */
export interface PrintedCard {
  /** Heading of the card, e.g. the name of the programme, in Latin and in Arabic script. */
  readonly title: { readonly latin: string; readonly arabic: string };
  readonly serial: string;
  /** In the language of the card; Arabic script or another. */
  readonly name: string;
  readonly secondName: string | null;
  readonly id: string;
  /** `YYYY-MM-DD`. */
  readonly expires: string;
  /** Text of the QR code. */
  readonly qr: string;
}

/** How the pages are cut. */
export type PrintLayout = 'card' | 'a4';

/** Points in a millimetre. */
const MM = 72 / 25.4;
const CARD = { width: 85.6 * MM, height: 53.98 * MM } as const;
const BLEED = 3 * MM;
const MARGIN = 4 * MM;
const A4 = { width: 210 * MM, height: 297 * MM, columns: 2, rows: 5 } as const;
const MARK = 4 * MM;
const INK = '#111111';
const QUIET = '#444444';

const ARABIC = /[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufeff]/;

type Pdf = InstanceType<typeof PDFDocument>;

/** Fonts that a document uses, by the names given here. */
function registerFonts(pdf: Pdf): void {
  const resolve = createRequire(import.meta.url).resolve;
  const folder = '@expo-google-fonts/noto-naskh-arabic';
  pdf.registerFont('regular', resolve(`${folder}/400Regular/NotoNaskhArabic_400Regular.ttf`));
  pdf.registerFont('bold', resolve(`${folder}/700Bold/NotoNaskhArabic_700Bold.ttf`));
}

/** Draws all cards into a PDF. Resolves to its bytes. The same cards give the same pages; `createdAt` is written into the file. */
export async function printCards(
  cards: readonly PrintedCard[],
  layout: PrintLayout,
  createdAt: Date,
): Promise<Uint8Array> {
  const pdf = new PDFDocument({
    autoFirstPage: false,
    info: { Title: 'Cards', CreationDate: createdAt, ModDate: createdAt },
  });
  const chunks: Uint8Array[] = [];
  const ended = new Promise<void>((resolve, reject) => {
    pdf.on('data', (chunk: Uint8Array) => void chunks.push(chunk));
    pdf.on('end', resolve);
    pdf.on('error', reject);
  });
  registerFonts(pdf);
  if (layout === 'card') for (const card of cards) drawOwnPage(pdf, card);
  else
    for (let at = 0; at < cards.length; at += A4.columns * A4.rows)
      drawSheet(pdf, cards.slice(at, at + A4.columns * A4.rows));
  pdf.end();
  await ended;
  return Uint8Array.from(Buffer.concat(chunks));
}

/** A page as large as the card and its bleed, with the boxes that tell a printing house where to cut (ISO 32000-1 §14.11.2). */
function drawOwnPage(pdf: Pdf, card: PrintedCard): void {
  const [width, height] = [CARD.width + 2 * BLEED, CARD.height + 2 * BLEED];
  pdf.addPage({ size: [width, height], margin: 0 });
  const trim = [BLEED, BLEED, width - BLEED, height - BLEED];
  const { data } = pdf.page.dictionary as unknown as { readonly data: Record<string, unknown> };
  data.TrimBox = trim;
  data.BleedBox = [0, 0, width, height];
  pdf.rect(0, 0, width, height).fill('#ffffff');
  drawCard(pdf, card, { x: BLEED, y: BLEED });
}

function drawSheet(pdf: Pdf, cards: readonly PrintedCard[]): void {
  pdf.addPage({ size: 'A4', margin: 0 });
  const left = (A4.width - A4.columns * CARD.width) / 2;
  const top = (A4.height - A4.rows * CARD.height) / 2;
  for (const [at, card] of cards.entries()) {
    const place = { x: left + (at % A4.columns) * CARD.width, y: top + Math.floor(at / A4.columns) * CARD.height };
    drawCard(pdf, card, place);
  }
  drawMarks(pdf, left, top);
}

/** Marks outside the cards only: none is left on a card that is cut a little off. */
function drawMarks(pdf: Pdf, left: number, top: number): void {
  pdf.lineWidth(0.25).strokeColor('#000000');
  const [right, bottom] = [left + A4.columns * CARD.width, top + A4.rows * CARD.height];
  for (let column = 0; column <= A4.columns; column += 1) {
    const x = left + column * CARD.width;
    pdf
      .moveTo(x, top - MARK - 2)
      .lineTo(x, top - 2)
      .moveTo(x, bottom + 2)
      .lineTo(x, bottom + MARK + 2)
      .stroke();
  }
  for (let row = 0; row <= A4.rows; row += 1) {
    const y = top + row * CARD.height;
    pdf
      .moveTo(left - MARK - 2, y)
      .lineTo(left - 2, y)
      .moveTo(right + 2, y)
      .lineTo(right + MARK + 2, y)
      .stroke();
  }
}

interface Place {
  readonly x: number;
  readonly y: number;
}

/** The code on the left, as large as the card allows; what people read on the right. */
function drawCard(pdf: Pdf, card: PrintedCard, { x, y }: Place): void {
  const side = CARD.height - 2 * MARGIN;
  drawQr(pdf, card.qr, { x: x + MARGIN, y: y + MARGIN, side });
  const column = { x: x + 2 * MARGIN + side, width: CARD.width - 3 * MARGIN - side };
  const line = (text: string, at: number, style: Omit<TextStyle, 'width'>): void =>
    drawText(pdf, text, { x: column.x, y: y + at * MM }, { ...style, width: column.width });
  line(card.title.arabic, 3.2, { font: 'bold', size: 9, colour: INK, align: 'right' });
  line(card.title.latin, 8.2, { font: 'regular', size: 6, colour: QUIET, align: 'left' });
  line(card.name, 14.5, { font: 'bold', size: 10, colour: INK, align: ARABIC.test(card.name) ? 'right' : 'left' });
  if (card.secondName !== null)
    line(card.secondName, 21.5, {
      font: 'regular',
      size: 7,
      colour: INK,
      align: ARABIC.test(card.secondName) ? 'right' : 'left',
    });
  line('No. · الرقم', 29, { font: 'regular', size: 5.5, colour: QUIET, align: 'left' });
  line(card.serial, 31.5, { font: 'bold', size: 9, colour: INK, align: 'left' });
  line(card.id, 38, { font: 'regular', size: 6.5, colour: INK, align: 'left' });
  line('Valid to · صالحة حتى', 43, { font: 'regular', size: 5.5, colour: QUIET, align: 'left' });
  line(card.expires, 45.5, { font: 'regular', size: 7, colour: INK, align: 'left' });
}

function drawQr(pdf: Pdf, text: string, at: Place & { readonly side: number }): void {
  const modules = qrModules(text);
  const unit = at.side / modules.length;
  for (const [row, line] of modules.entries())
    for (const { start, length } of darkRuns(line))
      pdf.rect(at.x + start * unit, at.y + row * unit, length * unit, unit);
  pdf.fill('#000000');
}

interface TextStyle {
  readonly font: 'regular' | 'bold';
  readonly size: number;
  readonly colour: string;
  readonly align: 'left' | 'right';
  readonly width: number;
}

const SMALLEST = 0.55;

/** One line, in runs of one direction each, made smaller until it fits. */
function drawText(pdf: Pdf, text: string, at: Place, style: TextStyle): void {
  if (text === '') return;
  const runs = runsOf(text);
  pdf.font(style.font).fontSize(style.size).fillColor(style.colour);
  const full = widthOf(pdf, runs);
  const scale = Math.max(SMALLEST, Math.min(1, style.width / full));
  pdf.fontSize(style.size * scale);
  const width = widthOf(pdf, runs);
  let x = style.align === 'right' ? at.x + style.width - width : at.x;
  for (const run of runs) {
    pdf.text(run, x, at.y, { lineBreak: false, features: FEATURES });
    x += pdf.widthOfString(run, { features: FEATURES });
  }
}

/** Naming any feature makes pdfkit lay a run out whole, word spaces and all. */
const FEATURES: PDFKit.Mixins.OpenTypeFeatures[] = ['kern'];

function widthOf(pdf: Pdf, runs: readonly string[]): number {
  return runs.reduce((sum, run) => sum + pdf.widthOfString(run, { features: FEATURES }), 0);
}

/**
 * A line cut where the script changes between Arabic and others, in the order in which the pieces stand from left to right. A line that begins
 * with Arabic runs from right to left (Unicode annex 9, rules P2 and L2, for the two levels that names and headings have).
 */
export function runsOf(text: string): readonly string[] {
  const pieces =
    text.match(
      /[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufeff]+(?:\s+[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufeff]+)*|[^\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufeff]+/g,
    ) ?? [];
  const first = /\p{L}/u.exec(text)?.[0] ?? '';
  return ARABIC.test(first) ? [...pieces].reverse() : pieces;
}
