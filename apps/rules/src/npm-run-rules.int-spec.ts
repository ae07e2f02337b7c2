import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { readAll } from './text.js';

/** As an official runs it: npm, the launcher and the built program; without database, and from a bare environment. */
async function npmRunRules(args: readonly string[], input: string) {
  const { PATH, HOME, TRM_STATE_DIR } = process.env;
  const child = spawn('npm', ['run', '--silent', 'rules', '--', ...args], {
    env: { PATH, HOME, ...(TRM_STATE_DIR && { TRM_STATE_DIR }) },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.end(input);
  const [stdout, stderr, [exitCode]] = await Promise.all([
    readAll(child.stdout),
    readAll(child.stderr),
    once(child, 'exit'),
  ]);
  return { stdout, stderr, exitCode: exitCode as number };
}

const EXAMPLE = 'docs/rules/examples/rally.due-times';

describe('npm run --silent rules', () => {
  // Only a run that has to build says so, on stderr.
  beforeAll(() => npmRunRules(['due-times'], '{}'));

  it('answers a document, and nothing else is on stdout', async () => {
    const { stdout, stderr, exitCode } = await npmRunRules(
      ['due-times'],
      readFileSync(`${EXAMPLE}.json`, 'utf8'),
    );
    expect([stderr, exitCode]).toEqual(['', 0]);
    expect(JSON.parse(stdout)).toEqual(JSON.parse(readFileSync(`${EXAMPLE}.out.json`, 'utf8')));
  });

  it('ends with 2 and a problem on stderr', async () => {
    const { stdout, stderr, exitCode } = await npmRunRules(['due-times'], '{"startAt":"soon","controls":[]}');
    expect([stdout, exitCode]).toEqual(['', 2]);
    expect(JSON.parse(stderr)).toMatchObject({ problem: { code: 'DOCUMENT_INVALID', pointer: '/startAt' } });
  });

  it('answers line by line', async () => {
    const line = JSON.stringify(JSON.parse(readFileSync(`${EXAMPLE}.json`, 'utf8')));
    const { stdout, exitCode } = await npmRunRules(['due-times', '--lines'], `${line}\noops\n${line}\n`);
    expect(exitCode).toBe(0);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((answer) => Object.keys(JSON.parse(answer) as object)),
    ).toEqual([['due', 'problems'], ['problem'], ['due', 'problems']]);
  });
});
