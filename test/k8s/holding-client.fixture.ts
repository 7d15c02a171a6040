import { k8sExecutor } from '@errand/backend-k8s';

// Holds a pod of its own until it is killed. Says the execution's id once it runs.
const [, , options = '{}', command = 'echo running; exec sleep 600', more = '{}'] = process.argv;
const executor = k8sExecutor(JSON.parse(options));
const execution = executor.spawn(command, JSON.parse(more));
for await (const _chunk of execution) console.log(execution.id);
