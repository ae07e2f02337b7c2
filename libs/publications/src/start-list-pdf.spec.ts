import { extractText, getDocumentProxy } from 'unpdf';
import { PAGE } from './pdf-page.js';
import { controlTime, publishedStage } from './published-stage.fixture.js';
import { startListPdf } from './start-list-pdf.js';
import type { PublishedStage } from './publications-store.js';

async function pagesOf(stage: PublishedStage): Promise<string[]> {
  const { text } = await extractText(new Uint8Array(await startListPdf(stage)));
  return text.map((page) => page.replaceAll(/\s+/g, ' '));
}

interface Piece {
  readonly text: string;
  readonly left: number;
  readonly right: number;
  readonly baseline: number;
}

/** Every piece of text with its place on the first page. */
async function piecesOf(stage: PublishedStage): Promise<Piece[]> {
  const pdf = await getDocumentProxy(new Uint8Array(await startListPdf(stage)));
  const { items } = await (await pdf.getPage(1)).getTextContent();
  return items.flatMap((item) => {
    if (!('str' in item) || item.str.trim() === '') return [];
    const [left, baseline] = [item.transform[4] as number, item.transform[5] as number];
    return [{ text: item.str, left, right: left + item.width, baseline }];
  });
}

describe('the printed start list', () => {
  it('says what it is, of when, by whom and why', async () => {
    const [first] = await pagesOf(publishedStage(3));
    for (const words of [
      'Motor Sport Club Albania',
      'Rally Albania 2026',
      'Leg 1 Tirana – Krujë',
      'version 2',
      'Sunday 7 June 2026',
      'local time Europe/Tirane, UTC+02:00',
      'Sat 6 Jun 2026, 21:14 (UTC+02:00) by Race Director',
      'Late entry admitted, decision 4',
      'result of an earlier stage, winner first',
      '3 · first 07:00, last 07:02',
      '0123456789ab…',
      '0123456789abcdef'.repeat(4),
      'page 1 of 1',
      '1 07:00 301 Crew 1 M-1 place 1 in Prologue',
      '3 07:02 303 Crew 3',
    ]) {
      expect(first).toContain(words);
    }
    expect(first).not.toContain('INPUT HAS CHANGED');
  });

  it('warns on every page when its input has changed', async () => {
    const pages = await pagesOf(publishedStage(60, { stale: true }));
    expect(pages.length).toBeGreaterThan(1);
    expect(pages.filter((page) => !page.includes('INPUT HAS CHANGED'))).toEqual([]);
  });

  it('has every starter once, and on each page its number, titles and version', async () => {
    const pages = await pagesOf(publishedStage(500));
    const found = pages.flatMap((page) => [...page.matchAll(/Crew (\d+)\b/g)].map(([, n]) => Number(n)));
    expect(found).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));
    pages.forEach((page, index) => {
      expect(page).toContain(`page ${index + 1} of ${pages.length}`);
      expect(page).toMatch(/Pos\. Start No\. Name Class Why here/);
      expect(page).toMatch(/version 2/);
    });
  });

  it('writes names of every alphabet that crews have', async () => {
    const names = [
      'Këlliçi Ëndrra',
      'Παπαδόπουλος',
      'Рождественский Ђорђе',
      'Łukasz Świętochowski',
      'Müller-Öß',
    ];
    const [first] = await pagesOf(publishedStage(names.length, {}, (index) => ({ name: names[index]! })));
    for (const name of names) expect(first).toContain(name);
  });

  it('cuts what is too long; nothing overlaps or leaves the page', async () => {
    const long = 'Qafë Shtamë Endurance Racing Team of the very long name '.repeat(5);
    const stage = publishedStage(
      12,
      {
        stale: true,
        stageName: long,
        eventName: long,
        organisationName: long,
        reason: long,
        publishedBy: long,
      },
      (index) => ({
        name: long,
        because: long,
        classCode: 'MOTO-VETERAN-2',
        startAt: `2026-06-07T05:00:${String(index + 10)}Z`,
        ...(index % 3 === 0 && { pinned: long }),
      }),
    );
    const pieces = await piecesOf(stage);
    expect(pieces.some(({ text }) => text.endsWith('…'))).toBe(true);
    expect(
      pieces.filter(({ left, right }) => left < PAGE.left - 1 || right > PAGE.width - PAGE.right + 1),
    ).toEqual([]);
    const overlapping = pieces.flatMap((one) =>
      pieces.filter(
        (other) =>
          other !== one &&
          Math.abs(other.baseline - one.baseline) < 5 &&
          other.left >= one.left &&
          other.left < one.right - 0.5,
      ),
    );
    expect(overlapping).toEqual([]);
  });

  it('shows the seconds only of a start that is not on the minute', async () => {
    const starts = ['2026-06-07T05:00:00Z', '2026-06-07T05:00:30Z'];
    const [first] = await pagesOf(publishedStage(2, {}, (index) => ({ startAt: starts[index]! })));
    expect(first).toMatch(/1 07:00 301 .*2 07:00:30 302/);
  });

  it('shows the date where the list crosses midnight, and where the clock is put back', async () => {
    const starts = [
      '2026-10-24T21:59:00Z',
      '2026-10-24T22:00:00Z',
      '2026-10-25T00:59:00Z',
      '2026-10-25T01:00:00Z',
    ];
    const [first] = await pagesOf(publishedStage(4, {}, (index) => ({ startAt: starts[index]! })));
    expect(first).toContain('Sat 24 Oct – Sunday 25 October 2026');
    expect(first).toMatch(
      /Saturday 24 October 2026 clock of the event: UTC\+02:00 1 23:59 .*Sunday 25 October 2026 clock of the event: UTC\+02:00 2 00:00 .*3 02:59 .*Sunday 25 October 2026 clock of the event: UTC\+01:00 4 02:00/,
    );
  });

  it('prints the minute on every line, also of those who start together', async () => {
    const pages = await pagesOf(
      publishedStage(60, { strategy: 'waves' }, (index) => ({
        group: Math.floor(index / 20) + 1,
        startAt: `2026-06-07T05:${index < 20 ? '00' : index < 40 ? '10' : '20'}:00Z`,
        ...(index === 20 && { status: 'dns' }),
      })),
    );
    const minutes = [...pages.join(' ').matchAll(/ (07:\d0) \d{3} Crew/g)].map(([, minute]) => minute);
    expect(minutes).toHaveLength(60);
    expect(minutes.filter((minute) => minute === '07:10')).toHaveLength(20);
  });

  it('shows vacant slots and why somebody was placed by hand', async () => {
    const [first] = await pagesOf(
      publishedStage(3, {}, (index) =>
        index === 0 ? { status: 'withdrawn' } : index === 1 ? { pinned: 'decision 7' } : {},
      ),
    );
    expect(first).toContain('2 · first 07:01, last 07:02 · 1 line vacant');
    expect(first).toMatch(/Crew 1 M-1 Withdrawn/);
    expect(first).toContain('Placed by hand: decision 7');
  });

  it('prints a list on which nobody is left', async () => {
    expect((await pagesOf(publishedStage(0)))[0]).toContain('No starters');
  });

  it('has the control times on a page of their own', async () => {
    const pages = await pagesOf(
      publishedStage(3, {
        controls: [controlTime(), controlTime({ control: 'PC2', enforcement: null, opensAt: null })],
      }),
    );
    expect(pages).toHaveLength(2);
    expect(pages[0]).not.toContain('TC1 Krujë');
    for (const words of [
      'Control times',
      'TC1 Krujë',
      'SS1 Krujë – Qafë',
      '08:00',
      '12:17',
      'Sun 7 Jun',
      'strict',
      'last crew due',
      'PC2',
      'page 2 of 2',
    ]) {
      expect(pages[1]).toContain(words);
    }
  });

  it('is the same file for the same list', async () => {
    const stage = publishedStage(100, { controls: [controlTime()] });
    const [one, other] = [await startListPdf(stage), await startListPdf({ ...stage })];
    expect(one.equals(other)).toBe(true);
    expect((await startListPdf({ ...stage, stale: true })).equals(one)).toBe(false);
  });

  it('lets others work while it draws a list of 5,000', async () => {
    const stage = publishedStage(5_000, {}, (index) => ({
      name: `Crew ${index} of a name that takes two lines`,
    }));
    let turns = 0;
    const others = setInterval(() => (turns += 1), 1);
    await startListPdf(stage);
    clearInterval(others);
    expect(turns).toBeGreaterThan(20);
  });

  it('embeds its fonts', async () => {
    const source = (await startListPdf(publishedStage(1))).toString('latin1');
    expect(source.match(/\/FontFile2 /g)).toHaveLength(2);
  });
});
