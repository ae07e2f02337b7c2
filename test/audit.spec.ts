import { readFileSync } from 'node:fs';
import { findingsIn, notExcepted } from '../scripts/lib/audit.mjs';

/** As `npm audit --json` reports; made up. */
const report = {
  auditReportVersion: 2,
  vulnerabilities: {
    'left-parser': {
      name: 'left-parser',
      severity: 'high',
      via: [
        {
          source: 1,
          name: 'left-parser',
          title: 'Reads too far',
          url: 'https://github.com/advisories/GHSA-aaaa-bbbb-cccc',
          severity: 'high',
        },
        { source: 2, name: 'left-parser', title: 'Slow', url: 'x/GHSA-dddd-eeee-ffff', severity: 'moderate' },
      ],
    },
    'uses-left-parser': { name: 'uses-left-parser', severity: 'high', via: ['left-parser'] },
  },
};
const finding = {
  advisory: 'GHSA-aaaa-bbbb-cccc',
  package: 'left-parser',
  severity: 'high',
  title: 'Reads too far',
};

describe('the audit of packages', () => {
  it('finds what is high or critical, once, however many packages lead there', () => {
    expect(findingsIn(report)).toEqual([finding]);
  });

  it.each([
    ['nothing', [], 1],
    [
      'an explanation for today',
      [{ advisory: finding.advisory, because: 'not reached', until: '2026-06-06' }],
      0,
    ],
    ['one for yesterday', [{ advisory: finding.advisory, because: 'not reached', until: '2026-06-05' }], 1],
    ['one of something else', [{ advisory: 'GHSA-1', because: 'not reached', until: '2026-12-31' }], 1],
  ])('with %s', (_case, exceptions, left) => {
    expect(notExcepted([finding], exceptions, '2026-06-06')).toHaveLength(left);
  });

  it('has exceptions that say why and until when', () => {
    const exceptions = JSON.parse(readFileSync('docs/security-exceptions.json', 'utf8')) as unknown[];
    expect(exceptions).toEqual(
      exceptions.map(() => ({
        advisory: expect.stringMatching(/^GHSA(-[\da-z]{4}){3}$/),
        because: expect.stringMatching(/\S/),
        until: expect.stringMatching(/^20\d\d-\d\d-\d\d$/),
      })),
    );
  });
});
