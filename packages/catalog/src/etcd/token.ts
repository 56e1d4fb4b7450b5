import { isTokenMissing, isTokenTooOld, isWithoutUsers } from './etcd-error.ts';

/** Stands for the token of an etcd that has its authentication turned off, and refuses calls with any. */
const NO_TOKEN = '';

interface User {
  readonly name: string;
  readonly password: string;
}

type Answered = (error: Error | null, answer?: { readonly token: string }) => void;

interface Metadata {
  get(name: 'token'): readonly unknown[];
  remove(name: 'token'): void;
}

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
      /** What goes with each call; kept until it is forgotten. */
      getMetadata(): Promise<Metadata>;
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
      if (isWithoutUsers(error)) return NO_TOKEN;
      // A channel that has failed waits ever longer before it connects again.
      host.resetAllServices();
      throw error;
    }
  };
}

/** Has a client make its calls without a token while etcd's authentication is turned off, as etcd's own client does. */
export function goWithoutUsers({ pool: { authenticator } }: Authenticated): void {
  const getMetadata = authenticator.getMetadata.bind(authenticator);
  authenticator.getMetadata = async () => {
    const metadata = await getMetadata();
    if (metadata.get('token')[0] === NO_TOKEN) metadata.remove('token');
    return metadata;
  };
}

/**
 * Has a client that is refused for the age of its token, or for having none, make the call again with a new one. A signed
 * token (JWT) is too old after any change to users or roles, though it has not expired; etcd3 asks for another only when it has.
 */
export function renewOldTokens({ pool }: Authenticated): void {
  const exec = pool.exec.bind(pool);
  pool.exec = async (...call) => {
    try {
      return await exec(...call);
    } catch (error) {
      if (!isTokenTooOld(error) && !isTokenMissing(error)) throw error;
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
