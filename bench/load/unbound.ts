/** What makes an unbound a foreground program that keeps to a folder of its own: lines below `server:`. */
export function unboundIn(folder: string): string {
  return `  username: ""
  chroot: ""
  directory: "${folder}"
  pidfile: "${folder}/unbound.pid"
  do-daemonize: no
  use-syslog: no
  logfile: "${folder}/log"
  module-config: "iterator"`;
}
