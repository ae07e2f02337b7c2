import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import Pdf from 'pdfkit';

/** A4 upright, in points. */
export const PAGE = { width: 595.28, height: 841.89, left: 34, right: 34, top: 30, bottom: 34 } as const;
export const WIDTH = PAGE.width - PAGE.left - PAGE.right;
export const BLACK = '#000000';
/** Small print; still readable from a copy of a copy. */
export const DARK = '#3a3a3a';
/** What is there for completeness only: vacant slots, repeated times. */
export const GREY = '#8c8c8c';

export interface TextStyle {
  readonly size: number;
  readonly bold?: boolean;
  readonly color?: string;
  readonly align?: 'left' | 'right' | 'center';
  readonly strike?: boolean;
}

export interface DocumentFacts {
  readonly title: string;
  readonly author: string;
  /** The only date in the file, so that equal input gives equal bytes. */
  readonly createdAt: Date;
}

const FONT_FILES = { regular: 'DejaVuSansCondensed.ttf', bold: 'DejaVuSansCondensed-Bold.ttf' };
const fonts = new Map<string, Buffer>();

/** Latin, Greek, Cyrillic and more, embedded: the fonts that every PDF reader has know only western Europe. */
function font(name: keyof typeof FONT_FILES): Buffer {
  let data = fonts.get(name);
  if (data === undefined) {
    const { resolve } = createRequire(import.meta.url);
    data = readFileSync(resolve(`dejavu-fonts-ttf/ttf/${FONT_FILES[name]}`));
    fonts.set(name, data);
  }
  return data;
}

/** Draws text that stays where it belongs: every piece has a width and is cut with … when it is longer. */
export class PdfPage {
  private readonly chunks: Buffer[] = [];
  /** Of each letter, at size 1. */
  private readonly regularWidths = new Map<string, number>();
  private readonly boldWidths = new Map<string, number>();
  private readonly done: Promise<void>;
  readonly pdf: PDFKit.PDFDocument;

  constructor({ title, author, createdAt }: DocumentFacts) {
    this.pdf = new Pdf({
      size: 'A4',
      margin: 0,
      bufferPages: true,
      autoFirstPage: false,
      lang: 'en',
      displayTitle: true,
      info: {
        Title: title,
        Author: author,
        Creator: 'TRM race control',
        CreationDate: createdAt,
        ModDate: createdAt,
      },
    });
    this.pdf.on('data', (chunk: Buffer) => this.chunks.push(chunk));
    this.done = new Promise((resolve, reject) => {
      this.pdf.on('end', resolve);
      this.pdf.on('error', reject);
    });
    this.pdf.registerFont('regular', font('regular'));
    this.pdf.registerFont('bold', font('bold'));
  }

  addPage(): void {
    this.pdf.addPage();
  }

  /** One line, cut to the width. */
  text(text: string, x: number, y: number, width: number, style: TextStyle): void {
    const fitted = this.fit(text, width, style);
    if (fitted === '') return;
    const used = this.widthOf(fitted, style);
    const start =
      style.align === 'right' ? x + width - used : style.align === 'center' ? x + (width - used) / 2 : x;
    this.use(style);
    this.pdf.fillColor(style.color ?? BLACK).text(fitted, start, y, { lineBreak: false });
    if (style.strike === true) {
      const middle = y + style.size * 0.62;
      this.line(start, middle, start + used, middle, 0.7, style.color ?? BLACK);
    }
  }

  /** Lines of a fixed height; the last one is cut with … when there is more. @returns how many */
  paragraph(
    lines: readonly string[],
    x: number,
    y: number,
    width: number,
    style: TextStyle & { leading: number },
  ): number {
    lines.forEach((line, index) => this.text(line, x, y + index * style.leading, width, style));
    return lines.length;
  }

  /** Breaks at spaces into at most `most` lines; the last one keeps what is left over and is cut when drawn. */
  wrap(text: string, width: number, most: number, style: TextStyle): string[] {
    const space = this.widthOf(' ', style);
    const lines: string[] = [];
    let words: string[] = [];
    let used = 0;
    for (const word of printable(text).split(' ')) {
      const needed = this.widthOf(word, style);
      if (words.length > 0 && used + space + needed > width && lines.length < most - 1) {
        lines.push(words.join(' '));
        words = [];
      }
      used = words.length === 0 ? needed : used + space + needed;
      words.push(word);
    }
    return [...lines, words.join(' ')].filter((line) => line !== '');
  }

  /** The sum of the letters' widths: kerning only makes it less, and laying out whole lines takes ten times as long. */
  widthOf(text: string, { bold, size }: TextStyle): number {
    const widths = bold === true ? this.boldWidths : this.regularWidths;
    let sum = 0;
    for (const letter of text) {
      let width = widths.get(letter);
      if (width === undefined) {
        this.use({ bold: bold === true, size: 1 });
        width = this.pdf.widthOfString(letter);
        widths.set(letter, width);
      }
      sum += width;
    }
    return sum * size;
  }

  line(x1: number, y1: number, x2: number, y2: number, weight: number, color: string = BLACK): void {
    this.pdf.moveTo(x1, y1).lineTo(x2, y2).lineWidth(weight).strokeColor(color).stroke();
  }

  box(x: number, y: number, width: number, height: number, color: string): void {
    this.pdf.rect(x, y, width, height).fill(color);
  }

  /** Runs once for every page, when it is known how many there are. */
  onEveryPage(draw: (page: number, pages: number) => void): void {
    const { start, count } = this.pdf.bufferedPageRange();
    for (let index = 0; index < count; index += 1) {
      this.pdf.switchToPage(start + index);
      draw(index + 1, count);
    }
  }

  async bytes(): Promise<Buffer> {
    this.pdf.end();
    await this.done;
    return Buffer.concat(this.chunks);
  }

  private fit(text: string, width: number, style: TextStyle): string {
    const whole = printable(text);
    if (this.widthOf(whole, style) <= width) return whole;
    let left = width - this.widthOf('…', style);
    let cut = '';
    for (const letter of whole) {
      left -= this.widthOf(letter, style);
      if (left < 0) break;
      cut += letter;
    }
    return cut === '' ? '' : `${cut.trimEnd()}…`;
  }

  private use({ bold, size }: TextStyle): void {
    this.pdf.font(bold === true ? 'bold' : 'regular').fontSize(size);
  }
}

/** On one line: control characters would be drawn as boxes. */
function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim();
}
