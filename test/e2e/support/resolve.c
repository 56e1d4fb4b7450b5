/* What this machine's libc makes of a name: its addresses, or of an address: its name. One line each. */
#define _DEFAULT_SOURCE
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static int reverse(const char *address) {
  struct sockaddr_in in = {.sin_family = AF_INET};
  char host[NI_MAXHOST];
  if (inet_pton(AF_INET, address, &in.sin_addr) != 1) return 0;
  int error = getnameinfo((struct sockaddr *)&in, sizeof in, host, sizeof host, NULL, 0, NI_NAMEREQD);
  puts(error == 0 ? host : "none");
  return 1;
}

int main(int count, char **words) {
  if (count != 2) return 2;
  if (reverse(words[1])) return 0;
  struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
  struct addrinfo *all;
  int error = getaddrinfo(words[1], NULL, &hints, &all);
  if (error != 0) {
    puts(error == EAI_AGAIN ? "again" : "none");
    return 0;
  }
  for (struct addrinfo *each = all; each != NULL; each = each->ai_next) {
    char host[NI_MAXHOST];
    getnameinfo(each->ai_addr, each->ai_addrlen, host, sizeof host, NULL, 0, NI_NUMERICHOST);
    puts(host);
  }
  freeaddrinfo(all);
  return 0;
}
