import { isTokenTooOld } from './etcd-error.ts';

interface User {
  readonly name: string;
  readonly password: string;
}

type Answered = (error: Error | null, answer?: { readonly token: string }) => void;

interface Host {
  getServiceClient(service: 'Auth'): { authenticate(user: User, options: object, answered: Answered): void };
  /** Closes the channels of all services; each is opened anew when it is needed. */
  resetAllServices(): void;
}

/** What etcd3 has and its types keep to themselves: how a client of one endpoint gets the token for its calls. */
export interface Authenticated {
  readonly pool: {
    readonly hosts: readonly Host[];
    readonly authenticator: {
      getCredentialsFromHost(host: string, name: string, password: string, options: object): Promise<string>;
      /** Forgets the token. */
      invalidateMetadata(): void;
    };
    /** Makes one call, with a token where there is a user. */
    exec(...call: readonly unknown[]): Promise<unknown>;
  };
}

/**
 * Has a client ask for its tokens by a channel of its own, which is closed with it. By itself etcd3 opens another one for
 * each token and closes none, and each try to reach an etcd that is away is a try to get a token.
 */
export function keepTokensChannel({ pool }: Authenticated): void {
  const [host] = pool.hosts as [Host];
  pool.authenticator.getCredentialsFromHost = async (_host, name, password, options) => {
    try {
      return await tokenFor({ name, password }, host, options);
    } catch (error) {
      // A channel that has failed waits ever longer before it connects again.
      host.resetAllServices();
      throw error;
    }
  };
}

/**
 * Has a client that is refused for the age of its token make the call again with a new one. A signed token (JWT) is too old
 * after any change to users or roles, though it has not expired; etcd3 asks for another only when it has.
 */
export function renewOldTokens({ pool }: Authenticated): void {
  const exec = pool.exec.bind(pool);
  pool.exec = async (...call) => {
    try {
      return await exec(...call);
    } catch (error) {
      if (!isTokenTooOld(error)) throw error;
      pool.authenticator.invalidateMetadata();
      return await exec(...call);
    }
  };
}

async function tokenFor(user: User, host: Host, options: object): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  host.getServiceClient('Auth').authenticate(user, options, (error, answer) => {
    if (answer === undefined) reject(error);
    else resolve(answer.token);
  });
  return await promise;
}
