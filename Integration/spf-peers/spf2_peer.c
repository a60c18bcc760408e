/* libspf2 over the scenario's zone. usage: spf2_peer ZONE ENVELOPES

   ZONE has lines of NAME TAB TYPE TAB VALUE, sorted by name and type; VALUE is !timeout or !servfail for a failure, and
   a line with the type NAME says that a name exists. ENVELOPES has lines of NUMBER TAB ADDRESS TAB HELO TAB MAIL FROM.
   Prints NUMBER TAB RESULT TAB WHY for each envelope; WHY is the error that the library names, if there is one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <spf2/spf.h>

struct row { char *name, *type, *value; };
static struct row *rows;
static size_t row_count;

static int compare(const char *name, const char *type, const struct row *row) {
    int order = strcasecmp(name, row->name);
    return order ? order : strcmp(type, row->type);
}

static int order_rows(const void *a, const void *b) {
    const struct row *left = a, *right = b;
    return compare(left->name, left->type, right);
}

/* The first row of a name and type; NULL if there is none. */
static const struct row *find(const char *name, const char *type) {
    size_t low = 0, high = row_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (compare(name, type, &rows[middle]) > 0) low = middle + 1; else high = middle;
    }
    return low < row_count && !compare(name, type, &rows[low]) ? &rows[low] : NULL;
}

static void store(SPF_dns_rr_t *answer, const char *type, const char *value) {
    int index = answer->num_rr;
    size_t size = strlen(value) + 1;
    if (size < sizeof(SPF_dns_rr_data_t)) size = sizeof(SPF_dns_rr_data_t);
    if (SPF_dns_rr_buf_realloc(answer, index, size)) exit(3);
    if (!strcmp(type, "A")) inet_pton(AF_INET, value, &answer->rr[index]->a);
    else if (!strcmp(type, "AAAA")) inet_pton(AF_INET6, value, &answer->rr[index]->aaaa);
    else strcpy(answer->rr[index]->txt, value);
    answer->num_rr++;
}

static SPF_dns_rr_t *look_up(SPF_dns_server_t *server, const char *domain, ns_type kind, int should_cache) {
    const char *type = kind == ns_t_a ? "A" : kind == ns_t_aaaa ? "AAAA" : kind == ns_t_mx ? "MX"
                       : kind == ns_t_txt ? "TXT" : kind == ns_t_ptr ? "PTR" : "-";
    char name[4096];
    (void)should_cache;
    snprintf(name, sizeof name, "%s", domain);
    size_t length = strlen(name);
    if (length && name[length - 1] == '.') name[length - 1] = 0;
    const struct row *row = find(name, type);
    if (!row)
        return SPF_dns_rr_new_init(server, domain, kind, 0, find(name, "NAME") ? NO_DATA : HOST_NOT_FOUND);
    if (row->value[0] == '!') return SPF_dns_rr_new_init(server, domain, kind, 0, TRY_AGAIN);
    SPF_dns_rr_t *answer = SPF_dns_rr_new_init(server, domain, kind, 300, NETDB_SUCCESS);
    for (; row < rows + row_count && !compare(name, type, row); row++) store(answer, type, row->value);
    return answer;
}

/* Cuts a line at tabs; returns how many parts there are. */
static int cut(char *line, char **parts, int most) {
    int count = 0;
    line[strcspn(line, "\n")] = 0;
    for (char *part = line; part && count < most; count++) {
        parts[count] = part;
        part = count + 1 < most ? strchr(part, '\t') : NULL;
        if (part) *part++ = 0;
    }
    return count;
}

static void read_zone(const char *path) {
    char *line = NULL, *parts[3];
    size_t size = 0;
    FILE *file = fopen(path, "r");
    if (!file) exit(2);
    while (getline(&line, &size, file) > 0) {
        if (cut(line, parts, 3) != 3) continue;
        rows = realloc(rows, (row_count + 1) * sizeof *rows);
        rows[row_count++] = (struct row){strdup(parts[0]), strdup(parts[1]), strdup(parts[2])};
    }
    fclose(file);
    qsort(rows, row_count, sizeof *rows, order_rows);
}

static void check(SPF_server_t *server, char **parts) {
    SPF_response_t *response = NULL;
    SPF_request_t *request = SPF_request_new(server);
    if (strchr(parts[1], ':')) SPF_request_set_ipv6_str(request, parts[1]);
    else SPF_request_set_ipv4_str(request, parts[1]);
    SPF_request_set_helo_dom(request, parts[2]);
    if (parts[3][0]) SPF_request_set_env_from(request, parts[3]);
    SPF_errcode_t error = SPF_request_query_mailfrom(request, &response);
    printf("%s\t%s\t%s\n", parts[0], SPF_strresult(SPF_response_result(response)), error ? SPF_strerror(error) : "");
    fflush(stdout);
    SPF_response_free(response);
    SPF_request_free(request);
}

int main(int argc, char **argv) {
    char *line = NULL, *parts[4];
    size_t size = 0;
    if (argc != 3) return 2;
    read_zone(argv[1]);
    SPF_dns_server_t zone = {.lookup = look_up, .name = "scenario"};
    SPF_server_t *server = SPF_server_new_dns(&zone, 0);
    FILE *file = fopen(argv[2], "r");
    if (!file || !server) return 2;
    while (getline(&line, &size, file) > 0)
        if (cut(line, parts, 4) == 4) check(server, parts);
    return 0;
}
