import type { Socket } from 'node:net';
import type { SocketAddress } from '@callsign/daemon';

/** One connection among those that a listener may have. */
export class Place {
  static #uses = 0;
  readonly socket: Socket;
  /** The client's address: behind a proxy not the socket's. */
  peer: string;
  /** Answers that are still being fetched: as long as there are any, the connection is not idle. */
  owed = 0;
  /** Rises with every use of any connection. */
  lastUse = 0;
  /** Ends the connection as soon as nothing is owed: whoever serves it puts in how. */
  leave = (): void => void this.socket.destroy();
  #deadline: NodeJS.Timeout | undefined;

  constructor(socket: Socket, peer: string) {
    this.socket = socket;
    this.peer = peer;
    this.use();
  }

  /** The client's port number, unless there is a proxy between us. */
  get peerPort(): number | undefined {
    const { remoteAddress, remotePort } = this.socket;
    return remoteAddress === this.peer ? remotePort : undefined;
  }

  /** Where of ours the connection leads to. */
  get asked(): SocketAddress | undefined {
    const { localAddress, localPort } = this.socket;
    if (localAddress === undefined || localPort === undefined) return undefined;
    return { host: localAddress, port: localPort };
  }

  /** A whole question has come, or the last answer has gone. */
  use(): void {
    Place.#uses += 1;
    this.lastUse = Place.#uses;
    this.#deadline?.refresh();
  }

  /**
   * Says goodbye when there has been no use for so long and nothing is owed; after as long again the socket is
   * closed, for whoever takes no answers will not take a goodbye either.
   */
  leaveUnlessUsed(ms: number, goodbye: () => void): void {
    let said = false;
    const late = () => {
      this.#deadline?.refresh();
      if (said) this.socket.destroy();
      else if (this.owed === 0) {
        said = true;
        goodbye();
      }
    };
    this.#deadline = setTimeout(late, ms);
    this.socket.once('close', () => clearTimeout(this.#deadline));
  }
}
