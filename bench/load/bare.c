/*
 * The least that a DNS server can do: take a batch of questions, find the finished answer of each in a hash table,
 * send the batch. It knows no zone, checks nothing, and shows how much of an answer's time is the kernel's.
 *
 *     bare PORT HOSTS-FILE
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { BATCH = 64, PACKET = 512, HEADER = 12, RECORD = 16, SLOTS = 1 << 16 };

/* The question's bytes behind the header, and the whole message that answers them. */
struct answer {
	size_t question;
	size_t length;
	uint8_t message[PACKET];
};

static struct answer *table[SLOTS];

static uint32_t hash(const uint8_t *bytes, size_t length)
{
	uint32_t hash = 2166136261u;
	for (size_t at = 0; at < length; at++)
		hash = (hash ^ bytes[at]) * 16777619u;
	return hash;
}

/* The slot of a question's answer, or the free one where it belongs. */
static struct answer **slot_of(const uint8_t *question, size_t length)
{
	for (uint32_t at = hash(question, length);; at++) {
		struct answer **slot = &table[at % SLOTS];
		if (*slot == NULL)
			return slot;
		if ((*slot)->question == length && memcmp((*slot)->message + HEADER, question, length) == 0)
			return slot;
	}
}

/* The name as labels behind their lengths (RFC 1035, 3.1). Returns the end. */
static uint8_t *write_name(uint8_t *to, const char *name)
{
	for (;;) {
		size_t length = strcspn(name, ".");
		*to++ = length;
		memcpy(to, name, length);
		to += length;
		name += length;
		if (*name == '\0')
			break;
		name++;
	}
	*to++ = 0;
	return to;
}

/* An authoritative reply: a question of type A and class IN, and one record of the same name. */
static void add(const char *name, const char *address)
{
	static const uint8_t header[HEADER] = {0, 0, 0x84, 0, 0, 1, 0, 1, 0, 0, 0, 0};
	static const uint8_t asked[] = {0, 1, 0, 1};
	static const uint8_t record[] = {0xc0, HEADER, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4};
	struct answer *answer = calloc(1, sizeof *answer);
	memcpy(answer->message, header, HEADER);
	uint8_t *end = write_name(answer->message + HEADER, name);
	memcpy(end, asked, sizeof asked);
	end += sizeof asked;
	answer->question = end - answer->message - HEADER;
	memcpy(end, record, sizeof record);
	inet_pton(AF_INET, address, end + sizeof record);
	answer->length = HEADER + answer->question + RECORD;
	*slot_of(answer->message + HEADER, answer->question) = answer;
}

static void read_hosts(const char *path)
{
	char address[64], name[256];
	FILE *file = fopen(path, "r");
	if (file == NULL) {
		perror(path);
		exit(1);
	}
	while (fscanf(file, "%63s %255s", address, name) == 2)
		add(name, address);
	fclose(file);
}

static int listen_on(int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0) {
		perror("bind");
		exit(1);
	}
	return fd;
}

/* Bytes of name, type and class behind the header, whatever follows them; 0: there is no whole question. */
static size_t question_length(const uint8_t *packet, size_t length)
{
	size_t at = HEADER;
	while (at < length && packet[at] != 0)
		at += 1 + packet[at];
	return at + 5 <= length ? at + 5 - HEADER : 0;
}

/* Writes the answer over the question, with the client's id and RD flag. Returns its length; 0: there is none. */
static size_t reply(uint8_t *packet, size_t length)
{
	struct answer *answer = *slot_of(packet + HEADER, question_length(packet, length));
	if (answer == NULL)
		return 0;
	uint8_t recursion_desired = packet[2] & 1;
	memcpy(packet + 2, answer->message + 2, answer->length - 2);
	packet[2] |= recursion_desired;
	return answer->length;
}

static void serve(int fd)
{
	static uint8_t packets[BATCH][PACKET];
	struct sockaddr_in peers[BATCH];
	struct iovec into[BATCH], from[BATCH];
	struct mmsghdr in[BATCH], out[BATCH];
	for (;;) {
		for (int at = 0; at < BATCH; at++) {
			into[at] = (struct iovec){packets[at], PACKET};
			in[at].msg_hdr = (struct msghdr){
				.msg_name = &peers[at], .msg_namelen = sizeof peers[at],
				.msg_iov = &into[at], .msg_iovlen = 1};
		}
		int taken = recvmmsg(fd, in, BATCH, MSG_WAITFORONE, NULL);
		int ready = 0;
		for (int at = 0; at < taken; at++) {
			size_t length = reply(packets[at], in[at].msg_len);
			if (length == 0)
				continue;
			from[ready] = (struct iovec){packets[at], length};
			out[ready].msg_hdr = in[at].msg_hdr;
			out[ready].msg_hdr.msg_iov = &from[ready];
			ready++;
		}
		for (int sent = 0; sent < ready;) {
			int now = sendmmsg(fd, out + sent, ready - sent, 0);
			sent += now > 0 ? now : 1;
		}
	}
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: bare PORT HOSTS-FILE\n");
		return 2;
	}
	read_hosts(argv[2]);
	serve(listen_on(atoi(argv[1])));
}
