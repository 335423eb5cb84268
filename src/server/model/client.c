/* SPDX-License-Identifier: Apache-2.0 */
/* Clients of accounts: their rows. See client.h. */
#include "server/model/client.h"

#include "codec/hex.h"
#include "codec/utf8.h"
#include "crypto/secret.h"

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

/* A row is "FIRST LAST WAYS", and a line for each text. */
enum err client_read(struct str row, struct client *ret_client)
{
	struct client c = { 0 };
	struct str head, first, last;
	uint64_t ways;

	if (!str_split(&row, '\n', &head) || !str_split(&head, ' ', &first) ||
	    !str_split(&head, ' ', &last) || str_to_i64(first, &c.wall_first) ||
	    str_to_i64(last, &c.wall_last) || str_to_u64(head, &ways) || ways > UINT16_MAX)
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
	(void)sbuf_printf(out, "%lld %lld %u\n", (long long)client->wall_first,
			  (long long)client->wall_last, client->ways);
	write_text(out, client->mechanism);
	write_text(out, client->software);
	write_text(out, client->device);
}
