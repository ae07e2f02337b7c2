import {
  DatabaseUnavailable,
  RefusedByRule,
  SomebodyElseIsWorkingOnIt,
  TookTooLong,
} from '../http/problem.js';
import { translate } from './database.js';

const failed = (code: string | undefined, message = 'x') => Object.assign(new Error(message), { code });

describe('an error of the database', () => {
  it.each([
    'ECONNREFUSED',
    'ECONNRESET',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'EHOSTDOWN',
    '57P01',
    '08006',
    '53300',
  ])('is a database that is away: %s', (code) => {
    expect(translate(failed(code))).toBeInstanceOf(DatabaseUnavailable);
  });

  it.each(['Query read timeout', 'Connection terminated unexpectedly'])(
    'is a database that is away, also without a code: %s',
    (message) => {
      expect(translate(failed(undefined, message))).toBeInstanceOf(DatabaseUnavailable);
    },
  );

  it('is one that takes too long, or somebody else who holds it', () => {
    expect(translate(failed('57014'))).toBeInstanceOf(TookTooLong);
    expect(translate(failed('55P03'))).toBeInstanceOf(SomebodyElseIsWorkingOnIt);
    expect(translate(failed('40P01'))).toBeInstanceOf(SomebodyElseIsWorkingOnIt);
  });

  it('is a rule of ours with its code and sentence', () => {
    expect(translate(failed('23514', '[STAGE_IS_CLOSED] SS3 is closed.'))).toMatchObject({
      constructor: RefusedByRule,
      code: 'STAGE_IS_CLOSED',
      message: 'SS3 is closed.',
    });
  });

  it('stays itself when nobody foresaw it', () => {
    const error = failed('42703');
    expect(translate(error)).toBe(error);
  });
});
