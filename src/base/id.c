/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/id.h"

#include <string.h>
#include <sys/random.h>

enum { COUNTER_BITS = 20 };

struct uuid uuid_v4(void)
{
    struct uuid id;
    if (getrandom(id.bytes, sizeof id.bytes, 0) != (ssize_t)sizeof id.bytes)
        g_error("the system gives no random bytes");
    id.bytes[6] = (id.bytes[6] & 0x0f) | 0x40;
    id.bytes[8] = (id.bytes[8] & 0x3f) | 0x80;
    return id;
}

static bool is_dash_place(int i)
{
    return i == 8 || i == 13 || i == 18 || i == 23;
}

bool uuid_parse(const char *text, struct uuid *ret_id)
{
    if (!text || strnlen(text, UUID_TEXT_SIZE) != UUID_TEXT_SIZE - 1)
        return false;
    struct uuid id;
    int nibble = 0;
    for (int i = 0; i < UUID_TEXT_SIZE - 1; i++) {
        if (is_dash_place(i)) {
            if (text[i] != '-')
                return false;
            continue;
        }
        int digit = g_ascii_xdigit_value(text[i]);
        if (digit < 0)
            return false;
        uint8_t *byte = &id.bytes[nibble / 2];
        *byte = nibble % 2 ? (uint8_t)(*byte | digit) : (uint8_t)(digit << 4);
        nibble++;
    }
    *ret_id = id;
    return true;
}

bool uuid_parse_v4(const char *text, struct uuid *ret_id)
{
    struct uuid id;
    if (!uuid_parse(text, &id) || (id.bytes[6] >> 4) != 4 || (id.bytes[8] >> 6) != 2)
        return false;
    *ret_id = id;
    return true;
}

char *uuid_format(const struct uuid *id, char ret_text[UUID_TEXT_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    int nibble = 0;
    for (int i = 0; i < UUID_TEXT_SIZE - 1; i++) {
        if (is_dash_place(i)) {
            ret_text[i] = '-';
            continue;
        }
        uint8_t byte = id->bytes[nibble / 2];
        ret_text[i] = digits[nibble % 2 ? byte & 15 : byte >> 4];
        nibble++;
    }
    ret_text[UUID_TEXT_SIZE - 1] = '\0';
    return ret_text;
}

bool uuid_equal(const struct uuid *a, const struct uuid *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

int64_t change_id_at(int64_t unix_ms)
{
    return unix_ms << COUNTER_BITS;
}

int64_t change_id_next(int64_t last, int64_t now_us)
{
    return MAX(last + 1, change_id_at(now_us / 1000));
}

int64_t change_id_ms(int64_t change_id)
{
    return change_id >> COUNTER_BITS;
}

struct uuid change_id_uuid(int64_t change_id)
{
    uint64_t ms = (uint64_t)change_id_ms(change_id);
    uint32_t counter = (uint32_t)(change_id & ((1 << COUNTER_BITS) - 1));
    struct uuid id = {0};
    for (int i = 0; i < 6; i++)
        id.bytes[i] = (uint8_t)(ms >> (40 - 8 * i));
    /* The 20 counter bits take the 12 of rand_a and the first 8 whole ones of rand_b; the rest stays zero. */
    id.bytes[6] = (uint8_t)(0x70 | (counter >> 16));
    id.bytes[7] = (uint8_t)(counter >> 8);
    id.bytes[8] = 0x80;
    id.bytes[9] = (uint8_t)counter;
    return id;
}

int64_t change_id_from_uuid(const struct uuid *id)
{
    int64_t ms = 0;
    for (int i = 0; i < 6; i++)
        ms = ms << 8 | id->bytes[i];
    if (ms >> 43)
        return -1;
    int64_t counter = (int64_t)(id->bytes[6] & 0x0f) << 16 | (int64_t)id->bytes[7] << 8 | id->bytes[9];
    int64_t change_id = change_id_at(ms) | counter;
    struct uuid again = change_id_uuid(change_id);
    return uuid_equal(&again, id) ? change_id : -1;
}
