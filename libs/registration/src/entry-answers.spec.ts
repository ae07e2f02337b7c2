import { describe, expect, it } from '@jest/globals';
import { checkInWords } from './entry-answers.js';
import type { EntryAnswer } from './entry-command.js';

const noNumber = {
  code: 'RACE_NUMBER_MISSING',
  severity: 'error' as const,
  pointer: '/entry/raceNumber',
  message: 'The entry has no race number. Give it one of its class.',
};
const noLicence = {
  code: 'DOCUMENT_PENDING',
  severity: 'error' as const,
  pointer: '/entry/checks/driving-licence',
  message: 'The driving licence is still to be checked.',
};

function answer(over: Partial<EntryAnswer>): EntryAnswer {
  return {
    v: 1,
    entryId: 'entry',
    eventId: 'event',
    eventName: 'Rally of the Test',
    name: 'Crew',
    raceNumber: 7,
    classCode: 'C-1',
    status: 'registered',
    waitingSince: null,
    changed: false,
    summary: '',
    violations: [],
    mayConfirm: true,
    notReady: [],
    checklist: [],
    ...over,
  };
}

describe('checkInWords', () => {
  it.each<[string, Partial<EntryAnswer>, string, string]>([
    [
      'a missing number alone does not keep an entry from being confirmed',
      { raceNumber: null, violations: [noNumber], mayConfirm: false },
      'Crew: in order',
      '**Nothing speaks against it: it can be confirmed, and gets the next free number then.**',
    ],
    [
      'a missing number is not listed among what has to be seen to',
      { raceNumber: null, violations: [noNumber, noLicence], mayConfirm: false },
      'Crew: 1 missing',
      '**It cannot be confirmed yet:**\n\n- The driving licence is still to be checked.',
    ],
    [
      'a confirmed entry without its number breaks the rules',
      { status: 'confirmed', raceNumber: null, violations: [noNumber] },
      'Crew: 1 missing',
      '**It breaks rules as it is now:**\n\n- The entry has no race number. Give it one of its class.',
    ],
    [
      'an entry of the waiting list waits',
      { waitingSince: new Date('2026-05-01T08:00:00Z'), mayConfirm: false },
      '#7: in order',
      '**It waits for a place in its class.**',
    ],
    [
      'only a confirmed entry is ready to start',
      { status: 'confirmed' },
      '#7: in order',
      '**Its papers and crew are in order.**\n\n**Ready to start.**',
    ],
    [
      'what is left before the start is listed',
      { status: 'confirmed', notReady: [noLicence] },
      '#7: in order',
      '**Its papers and crew are in order.**\n\n**Before the start:**\n\n- The driving licence is still to be checked.',
    ],
  ])('%s', (_, over, title, message) => {
    expect(checkInWords(answer(over))).toMatchObject({ title, message });
  });
});
