import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const conformance = [
  'packages/*/src/**/*.conformance.test.ts',
  'test/{docker,lambda,ssh}/*.conformance.test.ts',
  // All of them late: what clusters are made of is built beside what comes first.
  'test/k8s/**/*.test.ts',
  'test/faults/**/*.test.ts',
];
/** What says no more than its like (dash in warm shells: ssh-pooled and docker-pooled-dash; busybox without: ssh-ash and docker-hardened-busybox), what takes a cluster, whose build takes twelve minutes of a processor, and what takes programs of others of a gigabyte: only `npm run test:full` runs it. */
const full = ['**/*.full.test.ts', '**/*.full.conformance.test.ts', 'test/k8s/**/*.test.ts'];
const calm = ['packages/**/*.calm.test.ts', 'test/end-to-end/**/*.test.ts'];
const alone = ['packages/**/*.alone.test.ts'];
const tests = ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts', 'scripts/**/*.test.ts', 'examples/**/*.test.ts'];
const notNow = process.env['ERRAND_KIT_SIZE'] === 'full' ? [] : full;

// Tests run against the sources: no build comes before them. A child process that a test starts is given the same condition.
export default defineConfig({
  resolve: { conditions: ['@errand/source'] },
  ssr: { resolve: { conditions: ['@errand/source'] } },
  test: {
    pool: 'forks',
    // Node's own: hundreds of processes that tests start would each strip the types from the same sources.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/node-compile', import.meta.url)) },
    testTimeout: 30_000,
    hookTimeout: 30_000,
    reporters: ['default', './test/closing-line.ts'],
    // Most tests wait for processes more than they compute: more files at once than a small machine has processors.
    maxWorkers: 3,
    // Four groups, one after the other.
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: tests, exclude: ['**/node_modules/**', ...conformance, ...calm, ...alone, ...notNow] },
      },
      {
        extends: true,
        test: {
          name: 'conformance',
          include: conformance,
          exclude: ['**/node_modules/**', ...notNow],
          globalSetup: 'test/servers/kubernetes-setup.ts',
          sequence: { groupOrder: 1 },
        },
      },
      // Suites that hold to times and mostly wait: what runs beside them must leave them a processor.
      { extends: true, test: { name: 'calm', include: calm, maxWorkers: 2, sequence: { groupOrder: 2 } } },
      // Suites that look at the whole machine.
      { extends: true, test: { name: 'alone', include: alone, fileParallelism: false, sequence: { groupOrder: 3 } } },
    ],
  },
});
