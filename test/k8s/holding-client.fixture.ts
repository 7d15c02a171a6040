import { k8sExecutor } from '@errand/backend-k8s';

// Holds a pod of its own until it is killed.
const [, , options = '{}'] = process.argv;
const executor = k8sExecutor(JSON.parse(options));
const execution = executor.spawn('echo running; exec sleep 600');
for await (const _chunk of execution) console.log('running');
