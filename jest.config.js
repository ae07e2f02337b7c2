// Nest 12 is ESM-only, so Jest runs in its native ESM mode (--experimental-vm-modules).
// swc only strips the types; `npm run check` checks them.
const compileTypeScript = [
  '@swc/jest',
  {
    module: { type: 'es6' },
    sourceMaps: 'inline',
    jsc: {
      target: 'es2023',
      keepClassNames: true,
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    },
  },
];

const project = (displayName, suffix) => ({
  displayName,
  rootDir: import.meta.dirname,
  roots: ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/test', '<rootDir>/fixtures'],
  modulePathIgnorePatterns: ['<rootDir>/apps/directus', '<rootDir>/dist', '<rootDir>/.runtime'],
  testEnvironment: 'node',
  testMatch: [`**/*${suffix}`],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': compileTypeScript },
  moduleNameMapper: {
    '^@trm/([^/]+)$': '<rootDir>/libs/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
});

export default {
  maxWorkers: 2,
  testTimeout: 120_000,
  projects: [
    project('unit', '.spec.ts'),
    project('integration', '.int-spec.ts'),
    project('e2e', '.e2e-spec.ts'),
  ],
  reporters: ['default', '<rootDir>/test/plain-summary-reporter.js'],
};
