import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { Datagrams, MSG_DONTWAIT } from '../src/batch/datagrams.ts';
import { openUdpSocket } from '../src/batch/udp-socket.ts';

// Run in a network namespace: prints what comes of a datagram over IPv4 to a socket at `::`, heard or an error.
const { fd, address } = openUdpSocket({ host: '::', port: 0 });
const client = createSocket('udp4');
client.connect(address.port, '127.0.0.1');
await once(client, 'connect');
client.send('over IPv4');
const failed = once(client, 'error').then(([error]) => String(error));
const heard = new Promise<string>((resolve) => {
  const datagrams = new Datagrams();
  setInterval(() => {
    if (datagrams.receive(fd, MSG_DONTWAIT) === 1) resolve('heard');
  }, 10);
});
process.stdout.write(await Promise.race([failed, heard]));
process.exit();
