/* SPDX-License-Identifier: Apache-2.0 */
/* Clients of accounts: their rows. See client.h. */
#include "server/model/client.h"

#include "codec/hex.h"
#include "crypto/secret.h"

#include <stdlib.h>

void client_id(const struct accounts *accounts, struct str owner, struct str agent_id,
	       char ret_id[CLIENT_ID_LEN + 1])
{
	const struct str parts[] = { STR("client"), owner, STR("/"), agent_id };
	struct str key = str_make((const char *)accounts_token_key(accounts), SEAL_KEY);
	struct sbuf out scoped(sbuf_done) = SBUF(CLIENT_ID_LEN);
	uint8_t mac[DIGEST_MAX];

	digest_hmac_parts(DIGEST_SHA256, key, parts, array_len(parts), mac);
	must(hex_encode(&out, str_make((const char *)mac, CLIENT_ID_LEN / 2)) == OK);
	memcpy(ret_id, out.ptr, CLIENT_ID_LEN);
	ret_id[CLIENT_ID_LEN] = '\0';
}

/* A row is "FIRST LAST PASSWORD WAYS", and a line for each text. */
enum err client_read(struct str row, struct client *ret_client)
{
	struct client c = { 0 };
	struct str head, first, last, password;
	uint64_t ways;

	if (!str_split(&row, '\n', &head) || !str_split(&head, ' ', &first) ||
	    !str_split(&head, ' ', &last) || !str_split(&head, ' ', &password))
		return ERR_INVALID;
	if (str_to_i64(first, &c.wall_first) || str_to_i64(last, &c.wall_last) ||
	    str_to_i64(password, &c.wall_password) || str_to_u64(head, &ways) || ways > UINT16_MAX)
		return ERR_INVALID;
	c.ways = (unsigned)ways;
	if (!str_split(&row, '\n', &c.mechanism) || !str_split(&row, '\n', &c.software) ||
	    !str_split(&row, '\n', &c.device))
		return ERR_INVALID;
	*ret_client = c;
	return OK;
}

static void write_text(struct sbuf *out, struct str text)
{
	size_t len = text.len < CLIENT_TEXT_MAX ? text.len : CLIENT_TEXT_MAX;

	/* Not in the middle of a character. */
	while (len > 0 && len < text.len && ((unsigned char)text.ptr[len] & 0xc0) == 0x80)
		len--;
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text.ptr[i] >= 0x20 && text.ptr[i] != 0x7f)
			(void)sbuf_add_char(out, text.ptr[i]);
	}
	(void)sbuf_lit(out, "\n");
}

void client_write(const struct client *client, struct sbuf *out)
{
	(void)sbuf_printf(out, "%lld %lld %lld %u\n", (long long)client->wall_first,
			  (long long)client->wall_last, (long long)client->wall_password,
			  client->ways);
	write_text(out, client->mechanism);
	write_text(out, client->software);
	write_text(out, client->device);
}

/* ---- all of them ---- */

const struct str client_spaces[CLIENT_SPACE_COUNT] = { STR_INIT("client"), STR_INIT("token") };

static bool is_token_live(const struct accounts *accounts, const struct store_answer *answer,
			  struct str id, struct str owner)
{
	struct token_seal seal = { .key = accounts_token_key(accounts),
				   .owner = owner,
				   .client = id };
	struct tokens tokens = { 0 };
	bool is_live = false;

	for (const struct keyval_row *r = answer->rows; r; r = r->next) {
		if (str_eq(r->space, ACCOUNT_TOKEN_SPACE) && str_eq(r->key, id) &&
		    tokens_read(&seal, r->value, &tokens) == OK)
			is_live = tokens_are_live(&tokens, wall_now());
	}
	secret_wipe(&tokens, sizeof(tokens));
	return is_live;
}

static int compare_first(const void *a, const void *b)
{
	const struct client_row *x = a, *y = b;

	return x->client.wall_first < y->client.wall_first
		       ? -1
		       : x->client.wall_first > y->client.wall_first;
}

size_t client_rows(const struct accounts *accounts, const struct store_answer *answer,
		   struct client_row ret_rows[CLIENT_ROWS_MAX])
{
	usec_t wall_changed = 0;
	size_t count = 0;

	for (const struct keyval_row *r = answer->rows; r; r = r->next) {
		struct client_row *row = &ret_rows[count];

		if (!str_eq(r->space, ACCOUNT_CLIENT_SPACE))
			continue;
		if (!r->key.len && str_to_i64(r->value, &wall_changed))
			wall_changed = 0;
		if (!r->key.len || count == CLIENT_ROWS_MAX || client_read(r->value, &row->client))
			continue;
		row->id = r->key;
		row->has_token = is_token_live(accounts, answer, r->key, answer->account.owner);
		count++;
	}
	for (size_t i = 0; i < count; i++)
		ret_rows[i].knows_password = ret_rows[i].client.wall_password > wall_changed;
	if (count)
		qsort(ret_rows, count, sizeof(*ret_rows), compare_first);
	return count;
}
