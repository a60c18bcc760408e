/* libopendkim as a peer: signs a message, or verifies one with keys from a file. No DNS is asked.
 *
 * usage: opendkim_peer verify KEYS < message          prints pass or the reason
 *        opendkim_peer sign DOMAIN SELECTOR KEY rsa|ed HEADER BODY < message   prints the field
 *
 * The message has CR LF. KEYS has "NAME VALUE" lines.
 */
#include <opendkim/dkim.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *read_all(FILE *file, size_t *length)
{
	size_t size = 1 << 16, used = 0, got;
	char *text = malloc(size);

	while ((got = fread(text + used, 1, size - used - 1, file)) > 0) {
		used += got;
		if (size - used < 2)
			text = realloc(text, size *= 2);
	}
	text[used] = '\0';
	*length = used;
	return text;
}

static void die(const char *what, DKIM_STAT status)
{
	printf("%s: %s\n", what, dkim_getresultstr(status));
	exit(1);
}

/* Gives the library each header field, with its folds, and then the body. */
static void feed(DKIM *dkim, char *message, size_t length)
{
	char *start = message, *end = message + length;
	DKIM_STAT status;

	while (start < end && !(start[0] == '\r' && start[1] == '\n')) {
		char *stop = start;

		for (;;) {
			char *line = strstr(stop, "\r\n");

			if (line == NULL) {
				stop = end;
				break;
			}
			stop = line + 2;
			if (*stop != ' ' && *stop != '\t')
				break;
		}
		status = dkim_header(dkim, (u_char *) start, stop - start - 2);
		if (status != DKIM_STAT_OK)
			die("header", status);
		start = stop;
	}
	status = dkim_eoh(dkim);
	if (status != DKIM_STAT_OK)
		die("end of header", status);
	if (start < end)
		start += 2;
	if (start < end && (status = dkim_body(dkim, (u_char *) start, end - start)) != DKIM_STAT_OK)
		die("body", status);
	status = dkim_eom(dkim, NULL);
	if (status != DKIM_STAT_OK)
		die("end of message", status);
}

int main(int count, char **words)
{
	DKIM_LIB *library = dkim_init(NULL, NULL);
	DKIM_STAT status;
	DKIM *dkim;
	size_t length;
	char *message = read_all(stdin, &length);

	if (count == 3 && strcmp(words[1], "verify") == 0) {
		dkim_query_t method = DKIM_QUERY_FILE;

		dkim_options(library, DKIM_OP_SETOPT, DKIM_OPTS_QUERYMETHOD, &method, sizeof method);
		dkim_options(library, DKIM_OP_SETOPT, DKIM_OPTS_QUERYINFO, words[2], strlen(words[2]));
		dkim = dkim_verify(library, (u_char *) "peer", NULL, &status);
		if (dkim == NULL)
			die("verify", status);
		feed(dkim, message, length);
		puts("pass");
		return 0;
	}
	if (count == 8 && strcmp(words[1], "sign") == 0) {
		size_t key_length;
		FILE *file = fopen(words[4], "r");
		char *key = read_all(file, &key_length);
		u_char *field;
		size_t field_length;

		dkim = dkim_sign(library, (u_char *) "peer", NULL, (u_char *) key, (u_char *) words[3], (u_char *) words[2],
		                 strcmp(words[6], "simple") ? DKIM_CANON_RELAXED : DKIM_CANON_SIMPLE,
		                 strcmp(words[7], "simple") ? DKIM_CANON_RELAXED : DKIM_CANON_SIMPLE,
		                 strcmp(words[5], "ed") ? DKIM_SIGN_RSASHA256 : DKIM_SIGN_ED25519SHA256, -1L, &status);
		if (dkim == NULL)
			die("sign", status);
		feed(dkim, message, length);
		status = dkim_getsighdr_d(dkim, 16, &field, &field_length);
		if (status != DKIM_STAT_OK)
			die("field", status);
		printf("DKIM-Signature: %.*s\r\n", (int) field_length, (char *) field);
		return 0;
	}
	fputs("usage: opendkim_peer verify KEYS | sign DOMAIN SELECTOR KEY rsa|ed HEADER BODY\n", stderr);
	return 2;
}
