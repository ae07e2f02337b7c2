import { PassThrough } from 'node:stream';
import { rulesCommands } from './commands.js';
import { run } from './run.js';

const due = { startAt: '2026-06-07T08:00:00+02:00', controls: [{ id: 'TC0' }] };
const dueLine =
  '{"due":[{"id":"TC0","dueAt":"2026-06-07T06:00:00.000Z","startAt":"2026-06-07T06:00:00.000Z","because":"due at the start at 08:00"}],"problems":[]}';

async function ask(args: readonly string[], ...chunks: (string | Uint8Array)[]) {
  const [output, errors] = [new PassThrough(), new PassThrough()];
  const texts = [output, errors].map(async (stream) => {
    let text = '';
    for await (const chunk of stream) text += String(chunk);
    return text;
  });
  const exitCode = await run(args, inChunks(chunks), output, errors);
  output.end();
  errors.end();
  const [stdout = '', stderr = ''] = await Promise.all(texts);
  return { exitCode, stdout, stderr };
}

async function* inChunks(chunks: readonly (string | Uint8Array)[]): AsyncGenerator<string | Uint8Array> {
  yield* chunks;
}

const problemIn = (text: string) => (JSON.parse(text) as { problem: Record<string, string> }).problem;

describe('one document', () => {
  it('is answered on stdout, and nothing else is said', async () => {
    const { exitCode, stdout, stderr } = await ask(['due-times'], JSON.stringify(due));
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(JSON.stringify(JSON.parse(stdout))).toBe(dueLine);
  });

  it('may say where its description is', async () => {
    const document = { $schema: './due-times.input.schema.json', ...due };
    expect((await ask(['due-times'], JSON.stringify(document))).exitCode).toBe(0);
  });

  it.each<[string, string, string, string]>([
    ['nothing', '', '', 'nothing to read'],
    ['no JSON', '{"startAt": soon}', '', 'line 1, column 13: "s" is not expected here'],
    ['no JSON in the second line', '{\n  "controls": [},', '', 'line 2, column 16'],
    ['half a document', '{"startAt": "2026', '', 'line 1, column 18'],
    ['a list', '[]', '', 'must be object'],
    ['no start', '{"controls":[]}', '/startAt', 'is missing'],
    [
      'a misspelt field',
      JSON.stringify({ ...due, delaySecond: 1 }),
      '/delaySecond',
      'Did you mean "delaySeconds"?',
    ],
    ['an unheard-of field', JSON.stringify({ ...due, 'a/b': 1 }), '/a~1b', 'Known are'],
    ['a start that is none', JSON.stringify({ ...due, startAt: '08:00' }), '/startAt', 'is not an instant'],
    [
      'a duration as text',
      JSON.stringify({ ...due, controls: [{ id: 'TC0', breakSeconds: '20' }] }),
      '/controls/0/breakSeconds',
      'must be number or null, not "20"',
    ],
    [
      'a negative duration',
      JSON.stringify({ ...due, controls: [{ id: 'TC0', breakSeconds: -20 }] }),
      '/controls/0/breakSeconds',
      'must be >= 0',
    ],
    [
      'an unknown rounding',
      JSON.stringify({ ...due, rounding: 'hour' }),
      '/rounding',
      'one of minute, minute_up, minute_down',
    ],
  ])('with %s ends with 2 and points at the field', async (_what, text, pointer, message) => {
    const { exitCode, stdout, stderr } = await ask(['due-times'], text);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(problemIn(stderr)).toEqual({
      code: expect.stringMatching(/^[A-Z_]+$/),
      title: expect.any(String),
      message: expect.stringContaining(message),
      pointer,
    });
  });

  it('with a control that closes by no known mode points at it', async () => {
    const { stderr } = await ask(
      ['control-times'],
      JSON.stringify({ controls: [{ id: 'A', mode: 'dusk' }] }),
    );
    expect(problemIn(stderr)).toMatchObject({ code: 'DOCUMENT_INVALID', pointer: '/controls/0/mode' });
  });

  it('that only the rulebook can fault is answered with its problems', async () => {
    const { exitCode, stdout } = await ask(
      ['control-times'],
      JSON.stringify({ controls: [{ id: 'A', mode: 'fixed_clock' }] }),
    );
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      problems: [{ code: 'PARAM_MISSING', pointer: '/controls/0/params/closes_at' }],
    });
  });
});

describe('a command', () => {
  it.each([
    [[], 'No command'],
    [['entry-order'], '"entry-order" is not a command'],
    [['due-times', '--fast'], '"--fast" is not an option'],
  ])('given as %j is told how to ask', async (args, message) => {
    const { exitCode, stdout, stderr } = await ask(args, '{}');
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(problemIn(stderr)['message']).toContain(message);
    for (const name of rulesCommands.keys()) expect(problemIn(stderr)['message']).toContain(name);
  });
});

describe('lines', () => {
  const good = JSON.stringify(due);
  const lines = (...chunks: (string | Uint8Array)[]) => ask(['--lines', 'due-times'], ...chunks);

  it('are answered one by one, whatever is wrong with others', async () => {
    const { exitCode, stdout, stderr } = await lines(`${good}\n\n{"controls":[]}\r\nnonsense\n${good}\n`);
    const answers = stdout.split('\n');
    expect([exitCode, stderr, answers.pop()]).toEqual([0, '', '']);
    expect([answers[0], answers[4], answers.length]).toEqual([dueLine, dueLine, 5]);
    expect(answers.slice(1, 4).map((line) => [problemIn(line)['code'], problemIn(line)['pointer']])).toEqual([
      ['JSON_UNREADABLE', ''],
      ['DOCUMENT_INVALID', '/startAt'],
      ['JSON_UNREADABLE', ''],
    ]);
  });

  it('need no end after the last, and may be none', async () => {
    expect((await lines(`${good}\n${good}`)).stdout).toBe(`${dueLine}\n${dueLine}\n`);
    expect(await lines('')).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });

  it('may be cut anywhere, also within a character, and begin with a byte order mark', async () => {
    const text = Buffer.from(`\uFEFF${JSON.stringify({ ...due, controls: [{ id: 'Krujë' }] })}\n${good}\n`);
    const { stdout } = await lines(...Array.from(text, (byte) => Uint8Array.of(byte)));
    expect(stdout).toContain('"id":"Krujë"');
    expect(stdout.endsWith(`\n${dueLine}\n`)).toBe(true);
  });

  it('are not read faster than their answers are taken', async () => {
    let read = 0;
    async function* endless() {
      for (;;) {
        read += 1;
        yield `${good}\n`;
      }
    }
    const output = new PassThrough();
    const ended = run(['due-times', '--lines'], endless(), output, new PassThrough());
    await new Promise((resolve) => setTimeout(resolve, 50));
    const readSoFar = read;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(read).toBe(readSoFar);
    expect(read).toBeLessThan(1000);
    // Whoever took the answers goes away: no failure, and nothing is read on.
    output.destroy(Object.assign(new Error('closed'), { code: 'EPIPE' }));
    expect(await ended).toBe(0);
  });
});
