import { dockerExecutor } from '@errand/backend-docker';

// Holds a container of its own until it is killed.
const [, , host = '', image = ''] = process.argv;
const executor = dockerExecutor({ mode: 'exec', host, image, pull: 'never' });
const execution = executor.spawn('echo running; exec sleep 600');
for await (const _chunk of execution) console.log('running');
