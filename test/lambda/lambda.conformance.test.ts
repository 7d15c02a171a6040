import { afterAll, describe, it } from 'vitest';
import { LambdaEmulator } from '../servers/lambda.ts';
import { lambdaConformance, onlyConcerns } from './lambda-conformance.ts';
import { startLambdaRig } from './lambda-rig.ts';

/** Where it matters whether a function is told of a cancel. */
const WITHOUT_CANCEL = ['what is not supported is refused', 'cancelling', 'kill', 'closing closes'];

if (LambdaEmulator.isSkipped) {
  describe('conformance of functions', () => it('is skipped: there is no emulator', () => {}));
} else {
  const rig = await startLambdaRig();
  afterAll(() => rig.stop());
  await lambdaConformance(rig, 'withCancel', { describe, it });
  await lambdaConformance(rig, 'plain', onlyConcerns({ describe, it }, WITHOUT_CANCEL));
}
