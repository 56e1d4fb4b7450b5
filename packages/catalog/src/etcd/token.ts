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
    };
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

async function tokenFor(user: User, host: Host, options: object): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  host.getServiceClient('Auth').authenticate(user, options, (error, answer) => {
    if (answer === undefined) reject(error);
    else resolve(answer.token);
  });
  return await promise;
}
