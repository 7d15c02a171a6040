import { dependencyFaults } from './check/dependency-reasons.ts';
import { importFaults } from './check/import-rules.ts';
import { packagingFaults } from './check/packaging.ts';
import { snippetFaults } from './check/snippets.ts';
import { commandStep, runStep } from './check/step.ts';
import { lockfileFaults } from './lockfile.ts';

// Everything that needs no server. Steps run beside each other; only packaging waits, for the build that it packs.
process.chdir(`${import.meta.dirname}/..`);
const built = runStep(commandStep('types of the packages, and build (tsc -b)', ['tsc', '-b']));
const results = await Promise.all([
  built,
  runStep(commandStep('types of tests, scripts and examples (tsc)', ['tsc', '--project', 'tsconfig.check.json'])),
  runStep({ name: 'types of the examples in the pages (tsc)', run: snippetFaults }),
  runStep(commandStep('format and lint (biome)', ['biome', 'ci', '--colors=off', '--error-on-warnings', '--max-diagnostics=200', '.'])),
  runStep({ name: 'who imports what', run: importFaults }),
  runStep({ name: 'a reason for every dependency', run: dependencyFaults }),
  runStep({ name: 'lockfile has every platform', run: async () => lockfileFaults() }),
  runStep(commandStep('dead code (knip)', ['knip', '--no-progress'])),
  built.then(
    async (ok) => ok && (await runStep({ name: 'packages: pack, publint, attw, install, import, require', run: packagingFaults })),
  ),
]);
if (results.includes(false)) process.exitCode = 1;
