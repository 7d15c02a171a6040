import { afterAll, describe, expect, it } from 'vitest';
import { LambdaEmulator } from '../servers/lambda.ts';
import { errandRun } from './errand-run.ts';
import { lambdaConformance, onlyConcerns } from './lambda-conformance.ts';
import { startLambdaRig } from './lambda-rig.ts';

/** Where it matters whether a function is told of a cancel. */
const WITHOUT_CANCEL = ['what is not supported is refused', 'cancelling', 'kill', 'closing closes'];

if (LambdaEmulator.isSkipped) {
  describe('conformance of functions', () => it('is skipped: there is no emulator', () => {}));
} else {
  const rig = await startLambdaRig();
  afterAll(() => rig.stop());
  describe('errand run in a function', () => {
    it('forwards stdin and output, and exits as the command did', async () => {
      const run = await errandRun(rig.emulator, '-c', 'cat; echo err >&2; exit 3');
      expect(run).toMatchObject({ exitCode: 3, stdout: 'in', stderr: 'err\n' });
    });

    it('says what is missing', async () => {
      const run = await errandRun(rig.emulator, '-n', '--target', 'gone', '--', 'true');
      expect(run.stderr).toContain('no such function');
      expect(run.exitCode).toBe(125);
    });
  });
  await lambdaConformance(rig, 'withCancel', { describe, it });
  await lambdaConformance(rig, 'plain', onlyConcerns({ describe, it }, WITHOUT_CANCEL));
}
