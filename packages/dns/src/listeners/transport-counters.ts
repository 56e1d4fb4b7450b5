/** What the listeners of one transport count: plain numbers, made into metrics when somebody asks. */
export class TransportCounters {
  /** Connections that are open. */
  open = 0;
  /** Connections that were closed because there were too many. */
  crowded = 0;
  /** TLS handshakes that came to nothing. */
  handshakesFailed = 0;
  /** PROXY headers that were missing or malformed. */
  headersRefused = 0;
}
