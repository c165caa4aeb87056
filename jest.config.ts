/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';

// Tests run as the JavaScript that ships: `tsc -b` writes src and test side by side into dist, so
// nothing is transformed here and an isolate loads real files.
const shared = {
  testEnvironment: 'node',
  transform: {},
};

const isolateTests = [
  '<rootDir>/packages/*/dist/test/contract/**/*.test.js',
  '<rootDir>/{packages/*,examples/*,bench}/dist/test/**/*.isolate.test.js',
];

const config: Config = {
  testTimeout: 30_000,
  // scripts/test.mjs runs "unit" two files at a time and "isolates" as well: both keep two cores busy.
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/{packages/*,examples/*,bench}/dist/test/**/*.test.js'],
      testPathIgnorePatterns: [
        '/node_modules/',
        '/dist/test/contract/',
        '\\.(isolate|alone|browser|promtool)\\.test\\.js$',
      ],
    },
    { ...shared, displayName: 'isolates', testMatch: isolateTests },
    // What measures how neighbours fare has both cores for itself.
    {
      ...shared,
      displayName: 'alone',
      testMatch: ['<rootDir>/{packages/*,examples/*,bench}/dist/test/**/*.alone.test.js'],
    },
    // Programs of the system that not every machine has.
    {
      ...shared,
      displayName: 'browser',
      testMatch: ['<rootDir>/packages/*/dist/test/**/*.browser.test.js'],
    },
    {
      ...shared,
      displayName: 'promtool',
      testMatch: ['<rootDir>/packages/*/dist/test/**/*.promtool.test.js'],
    },
  ],
};

export default config;
