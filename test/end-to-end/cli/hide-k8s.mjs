import { registerHooks } from 'node:module';

// The process sees no @errand/backend-k8s, as where only errand is installed.
registerHooks({
  resolve(specifier, context, next) {
    if (specifier === '@errand/backend-k8s') throw new Error(`Cannot find package '${specifier}'`);
    return next(specifier, context);
  },
});
