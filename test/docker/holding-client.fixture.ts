import { dockerExecutor } from '@errand/backend-docker';

// Holds a container of its own until it is killed.
const [, , host = '', image = '', mode = ''] = process.argv;
const executor = dockerExecutor({ mode: mode === 'container' ? mode : 'exec', host, image, pull: 'never' });
const execution = executor.spawn('echo running; exec sleep 600');
for await (const _chunk of execution) console.log('running');
