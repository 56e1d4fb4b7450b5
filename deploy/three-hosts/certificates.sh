#!/bin/sh
# Makes a private authority and what every host needs of it, in ./tls:
#
#   ./certificates.sh node1=192.0.2.11 node2=192.0.2.12 node3=192.0.2.13
#
# What is there already is kept, so that a host can be added later and a certificate made anew by removing it.
# tls/ca.key signs whatever it is asked to: keep it off the hosts.
set -eu
umask 077

DAYS=825
# Who the images run as, and therefore who has to be able to read callsign.key.
IMAGE_USER=1000

[ $# -gt 0 ] || { echo "usage: $0 HOST=ADDRESS…" >&2; exit 64; }
for host in "$@"; do
  case $host in ?*=?*) ;; *) echo "$0: $host is not HOST=ADDRESS" >&2; exit 64 ;; esac
done

key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -out "$1" 2>/dev/null; }

authority() {
  [ ! -e tls/ca.pem ] || return 0
  mkdir -p tls
  key tls/ca.key
  openssl req -x509 -new -key tls/ca.key -days 3650 -subj '/CN=Callsign authority' -out tls/ca.pem
}

# certificate FILE NAME EXTENSION… : tls/FILE.key and tls/FILE.pem
certificate() {
  file=tls/$1 subject=/CN=$2
  shift 2
  [ ! -e "$file.pem" ] || return 0
  mkdir -p "$(dirname "$file")"
  key "$file.key"
  printf '%s\n' basicConstraints=CA:FALSE "$@" > "$file.ext"
  openssl req -new -key "$file.key" -subj "$subject" |
    openssl x509 -req -CA tls/ca.pem -CAkey tls/ca.key -set_serial "0x$(openssl rand -hex 16)" \
      -days "$DAYS" -extfile "$file.ext" -out "$file.pem" 2>/dev/null
  rm "$file.ext"
}

authority
for host in "$@"; do
  name=${host%%=*} address=${host#*=}
  here="subjectAltName=DNS:$name,DNS:localhost,IP:$address,IP:127.0.0.1"
  # A member of etcd is a server to clients and members, and a client of the other members.
  certificate "$name/etcd" "$name" extendedKeyUsage=serverAuth,clientAuth "$here"
  certificate "$name/dns" "$name" extendedKeyUsage=serverAuth "$here"
  certificate "$name/callsign" callsign extendedKeyUsage=clientAuth
  cp tls/ca.pem "tls/$name/ca.pem"
  chmod 755 tls "tls/$name"
  chmod 644 "tls/$name/"*.pem
  [ "$(id -u)" != 0 ] || chown "$IMAGE_USER" "tls/$name/dns.key" "tls/$name/callsign.key"
done
