import type { FastifyRequest } from 'fastify';
import pg from 'pg';
import { errorForLog, pathForLog } from './safe-log.js';

const ID = '5b0c3f1e-0000-4000-8000-000000000001';
const request = (url: string | undefined, params: Record<string, string>) =>
  ({ routeOptions: { url }, params, is404: url === undefined }) as unknown as FastifyRequest;

describe('an address in the log', () => {
  it.each([
    ['/v1/stages/:stageId/start-list', { stageId: ID }, `/v1/stages/${ID}/start-list`],
    ['/v1/stages/:stageId/start-list', { stageId: 'somebody@example.org' }, '/v1/stages/…/start-list'],
    ['/v1/calendars/events/:eventId.ics', { eventId: ID }, `/v1/calendars/events/${ID}.ics`],
    [undefined, { '*': 'a-key' }, '(no route)'],
  ])('%s with %j is %s', (url, params, path) => {
    expect(pathForLog(request(url, params))).toBe(path);
  });
});

describe('an error in the log', () => {
  it.each([
    ['22P02', false],
    ['23505', false],
    ['P0001', false],
    ['42P01', true],
    ['57014', true],
  ])('of Postgres with code %s keeps its words: %s', (code, keeps) => {
    const error = Object.assign(new pg.DatabaseError('about Jane', 1, 'error'), {
      code,
      severity: 'ERROR',
      detail: 'Key (email)=(jane@example.org) already exists.',
      where: 'SQL statement with Jane',
      table: 'entries',
      constraint: 'entries_number',
    });
    const logged = JSON.stringify(errorForLog(new Error('opening failed', { cause: error })));
    expect(logged.includes('Jane')).toBe(keeps);
    expect(logged).not.toMatch(/jane@|SQL statement/);
    expect(logged).toContain(`"code":"${code}"`);
    expect(logged).toContain('entries_number');
    expect(logged).toContain('opening failed');
  });

  it('says where it happened, and nothing of a text that could not be parsed', () => {
    let error: unknown;
    try {
      JSON.parse('{"name":"Jane"');
    } catch (thrown) {
      error = thrown;
    }
    const logged = JSON.stringify(errorForLog(error));
    expect(logged).not.toContain('Jane');
    expect(logged).toMatch(/SyntaxError.*safe-log\.spec/);
  });
});
