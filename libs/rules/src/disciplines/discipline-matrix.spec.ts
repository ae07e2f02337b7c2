import { startOrderStrategies } from '../start-order/strategies/registry.js';
import { disciplineMatrix, disciplines, type DisciplineRules } from './discipline-matrix.js';
import { checkItems, type CrewCounts, crewRoles, type Discipline } from './types.js';

const variantsOf = ({ crew }: DisciplineRules): CrewCounts[] => [
  crew.default,
  ...Object.values(crew.byVehicleKind),
  ...Object.values(crew.byFormat),
];

describe.each(disciplines)('the matrix of %s', (discipline) => {
  const rules = disciplineMatrix[discipline];

  it('is plain JSON, so that a database can read it', () => {
    expect(JSON.parse(JSON.stringify(rules))).toEqual(rules);
  });

  it('counts each role in one line, none that is forbidden, and a total that the lines can reach', () => {
    for (const variant of variantsOf(rules)) {
      const lines = Object.keys(variant).filter((key) => key !== 'total');
      const roles = lines.flatMap((key) => key.split('+'));
      expect(crewRoles).toEqual(expect.arrayContaining(roles));
      expect(new Set(roles).size).toBe(roles.length);
      expect(rules.forbiddenRoles.filter((role) => roles.includes(role))).toEqual([]);
      const sum = (end: 0 | 1) => lines.reduce((total, key) => total + (variant[key]?.[end] ?? 0), 0);
      const ofLines = lines.length > 0 ? [sum(0), sum(1)] : [1, 3];
      expect(variant['total']).toEqual(ofLines);
    }
  });

  it('names start orders of the rulebook, and its evidence', () => {
    expect([...startOrderStrategies.keys()]).toEqual(expect.arrayContaining([...rules.startOrders]));
    expect(rules.evidence.length).toBeGreaterThan(0);
  });

  it('asks for each item once, before the confirmation or before the start', () => {
    const items = [...rules.documents, ...rules.readiness].map(({ item }) => item);
    expect(checkItems).toEqual(expect.arrayContaining(items));
    expect(new Set(items).size).toBe(items.length);
  });
});

/** What regulations ask for, and where the matrix has it. */
const papers: Record<Discipline, Record<string, string>> = {
  rally: {
    'driving licence': 'driving-licence',
    'competition licence': 'competition-licence',
    'medical fitness': 'medical',
    'insurance / repatriation': 'insurance',
    'vehicle registration': 'vehicle-registration',
  },
  'time-trial': {
    'licence or day licence': 'competition-licence',
    'guardian consent under 18': 'guardian-consent when minor',
  },
  regatta: {
    'rating certificate when the class scores on corrected time': 'rating-certificate when rating',
    'third-party insurance': 'insurance',
    'class measurement certificate': 'measurement-certificate',
  },
  'trail-run': { 'medical certificate or declaration': 'medical', 'emergency contact': 'emergency-contact' },
  hike: {
    'guardian consent 16-18 (Oxfam FR)': 'guardian-consent when minor',
    'medical declaration': 'medical',
    'support crew >= 2 (Oxfam FR)': 'support-crew when oxfam',
  },
};

it.each(disciplines)('%s asks for the papers that its regulations name', (discipline) => {
  const asked = disciplineMatrix[discipline].documents.map(({ item, when }) =>
    when === undefined ? item : `${item} when ${when}`,
  );
  expect(asked).toEqual(Object.values(papers[discipline]));
});
