/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/protocol.h"

#include <string.h>

#include "base/error.h"

/* One row a field: how it is written, and what a reader must insist on. Tag numbers are for ever. */
enum field_type { INT, DOUBLE, TEXT, BYTES };
enum { OPTIONAL = 0, REQUIRED = 1 };
enum { FIELDS_MAX = 128 }; /* of one message */

struct field {
    uint16_t tag;
    uint8_t type;
    uint8_t required;
    uint16_t offset; /* in the struct */
    double min, max; /* of the value, or of the length of a text (all limits are exact as doubles) */
};

#define SECOND_US 1e6
/* Years 1 to 9999: what ISO 8601 text can say. */
#define TIME_MIN_US (-62135596800 * SECOND_US)
#define TIME_MAX_US (253402300799 * SECOND_US)
#define SIZE_MAX_BYTES 9007199254740992.0 /* 2^53 */
#define SIDE_MAX_PX 1e9

#define HELLO(member) offsetof(struct protocol_hello, member)
static const struct field hello_fields[] = {
    {1, INT, REQUIRED, HELLO(version), 1, 65535},     {2, INT, REQUIRED, HELLO(confinement), 0, 4294967295.0},
    {3, INT, REQUIRED, HELLO(landlock_abi), 0, 1000}, {4, TEXT, OPTIONAL, HELLO(program), 1, 100},
    {5, TEXT, OPTIONAL, HELLO(formats), 3, 4000},
};

#define REQUEST(member) offsetof(struct media_request, member)
static const struct field request_fields[] = {
    {1, INT, REQUIRED, REQUEST(job), 1, 65535},
    {2, TEXT, OPTIONAL, REQUEST(file_name), 1, 1024},
    {3, INT, REQUIRED, REQUEST(size_bytes), 0, SIZE_MAX_BYTES},
    {4, INT, REQUIRED, REQUEST(max_pixels), 1, SIZE_MAX_BYTES},
    {5, INT, REQUIRED, REQUEST(cpu_s), 1, 86400},
    {23, INT, OPTIONAL, REQUEST(sidecar), 1, 1},
    {10, INT, OPTIONAL, REQUEST(stretch_offset), 0, SIZE_MAX_BYTES},
    {11, INT, OPTIONAL, REQUEST(stretch_bytes), 1, SIZE_MAX_BYTES},
    {12, INT, OPTIONAL, REQUEST(convert_short_px), 16, 8192},
    {13, INT, OPTIONAL, REQUEST(convert_long_px), 16, 8192},
    {14, INT, OPTIONAL, REQUEST(convert_crf), 1, 51},
    {15, INT, OPTIONAL, REQUEST(convert_bit_rate), 1000, 1e9},
    {16, INT, OPTIONAL, REQUEST(convert_always), 1, 1},
    {17, INT, OPTIONAL, REQUEST(convert_metadata), 1, 1},
    {18, INT, OPTIONAL, REQUEST(convert_threads), 1, 16},
    {30, INT, OPTIONAL, REQUEST(reduce_pixels), 1, SIZE_MAX_BYTES},
};

#define REPLY(member) offsetof(struct media_reply, member)
static const struct field reply_fields[] = {
    {1, INT, REQUIRED, REPLY(outcome), MEDIA_OK, MEDIA_FAULT},
    {2, TEXT, OPTIONAL, REPLY(reason), 1, 500},
    {3, TEXT, OPTIONAL, REPLY(mime), 3, 100},
    {4, TEXT, OPTIONAL, REPLY(make), 1, 200},
    {5, TEXT, OPTIONAL, REPLY(model), 1, 200},
    {6, TEXT, OPTIONAL, REPLY(lens), 1, 200},
    {7, TEXT, OPTIONAL, REPLY(description), 1, 16384},
    {8, TEXT, OPTIONAL, REPLY(exposure_time), 1, 32},
    {9, TEXT, OPTIONAL, REPLY(projection), 1, 100},
    {10, TEXT, OPTIONAL, REPLY(profile), 1, 200},
    {11, TEXT, OPTIONAL, REPLY(content_id), 1, 200},
    {12, INT, OPTIONAL, REPLY(raw_width_px), 1, SIDE_MAX_PX},
    {13, INT, OPTIONAL, REPLY(raw_height_px), 1, SIDE_MAX_PX},
    {14, INT, OPTIONAL, REPLY(width_px), 1, SIDE_MAX_PX},
    {15, INT, OPTIONAL, REPLY(height_px), 1, SIDE_MAX_PX},
    {16, INT, OPTIONAL, REPLY(orientation), 1, 8},
    {17, INT, OPTIONAL, REPLY(frames), 1, 1e9},
    {18, INT, OPTIONAL, REPLY(local_us), TIME_MIN_US, TIME_MAX_US},
    {19, INT, OPTIONAL, REPLY(date_source), MEDIA_DATE_NONE, MEDIA_DATE_N - 1},
    {20, INT, OPTIONAL, REPLY(offset_min), -16 * 60, 16 * 60},
    {21, INT, OPTIONAL, REPLY(zone_source), MEDIA_ZONE_NONE, MEDIA_ZONE_N - 1},
    {22, INT, OPTIONAL, REPLY(modified_us), TIME_MIN_US, TIME_MAX_US},
    {23, INT, OPTIONAL, REPLY(iso), 1, 1e9},
    {24, INT, OPTIONAL, REPLY(rating), -1, 5},
    {25, DOUBLE, OPTIONAL, REPLY(latitude), -90, 90},
    {26, DOUBLE, OPTIONAL, REPLY(longitude), -180, 180},
    {27, DOUBLE, OPTIONAL, REPLY(altitude_m), -100000, 1000000},
    {28, DOUBLE, OPTIONAL, REPLY(f_number), 0, 10000},
    {29, DOUBLE, OPTIONAL, REPLY(focal_length_mm), 0, 1000000},
    {30, INT, OPTIONAL, REPLY(thumbnail_bytes), 1, 1 << 30},
    {31, INT, OPTIONAL, REPLY(thumbnail_width_px), 1, 65535},
    {32, INT, OPTIONAL, REPLY(thumbnail_height_px), 1, 65535},
    {33, INT, OPTIONAL, REPLY(preview_bytes), 1, 1 << 30},
    {34, INT, OPTIONAL, REPLY(preview_width_px), 1, 65535},
    {35, INT, OPTIONAL, REPLY(preview_height_px), 1, 65535},
    {36, BYTES, OPTIONAL, REPLY(thumbhash), 5, MEDIA_THUMBHASH_MAX},
    {37, INT, OPTIONAL, REPLY(cpu_us), 0, SIZE_MAX_BYTES},
    {38, INT, OPTIONAL, REPLY(peak_memory_bytes), 0, SIZE_MAX_BYTES},
    {40, INT, OPTIONAL, REPLY(has_gain_map), 0, 1},
    {43, INT, OPTIONAL, REPLY(duration_ms), 0, SIZE_MAX_BYTES},
    {44, DOUBLE, OPTIONAL, REPLY(fps), 0.001, 100000},
    {45, TEXT, OPTIONAL, REPLY(video_codec), 1, 40},
    {46, TEXT, OPTIONAL, REPLY(audio_codec), 1, 40},
    {47, INT, OPTIONAL, REPLY(is_playable), 0, 1},
    {48, INT, OPTIONAL, REPLY(bit_rate), 1, SIZE_MAX_BYTES},
    {49, INT, OPTIONAL, REPLY(output_bytes), 1, SIZE_MAX_BYTES},
    {50, INT, OPTIONAL, REPLY(output_width_px), 1, 65535},
    {51, INT, OPTIONAL, REPLY(output_height_px), 1, 65535},
    {52, INT, OPTIONAL, REPLY(is_copied), 0, 1},
    {55, INT, OPTIONAL, REPLY(motion_offset), 1, SIZE_MAX_BYTES},
    {56, INT, OPTIONAL, REPLY(motion_bytes), 1, SIZE_MAX_BYTES},
    {60, TEXT, OPTIONAL, REPLY(keywords), 1, 65536},
    {61, TEXT, OPTIONAL, REPLY(faces), 1, 65536},
    {62, TEXT, OPTIONAL, REPLY(burst_id), 1, 200},
    {63, INT, OPTIONAL, REPLY(focal_35mm), 1, 1e6},
    {64, INT, OPTIONAL, REPLY(sidecar), MEDIA_SIDECAR_READ, MEDIA_SIDECAR_UNREADABLE},
    {75, INT, OPTIONAL, REPLY(kept), MEDIA_KEPT_SMALL, MEDIA_KEPT_N - 1},
};

static const struct field progress_fields[] = {
    {1, INT, REQUIRED, offsetof(struct media_progress, done_permille), 0, 1000},
};

/* The member of @record that @field names, as a pointer to its type. */
#define MEMBER(record, field, type) ((type *)((char *)(record) + (field)->offset))

static void init(void *record, const struct field *fields, size_t n_fields)
{
    for (size_t i = 0; i < n_fields; i++) {
        if (fields[i].type == INT)
            *MEMBER(record, &fields[i], int64_t) = MEDIA_NO_INT;
        else if (fields[i].type == DOUBLE)
            *MEMBER(record, &fields[i], double) = MEDIA_NO_DOUBLE;
        else
            *MEMBER(record, &fields[i], void *) = NULL;
    }
}

static void clear(void *record, const struct field *fields, size_t n_fields)
{
    for (size_t i = 0; i < n_fields; i++) {
        if (fields[i].type == TEXT)
            g_free(*MEMBER(record, &fields[i], char *));
        else if (fields[i].type == BYTES)
            g_clear_pointer(MEMBER(record, &fields[i], GBytes *), g_bytes_unref);
    }
    init(record, fields, n_fields);
}

/* UTF-8 without control characters; line ends and tabs may stand in a description. */
static bool is_plain_text(const char *text, size_t size)
{
    if (!g_utf8_validate_len(text, size, NULL))
        return false;
    for (size_t i = 0; i < size; i++)
        if (((unsigned char)text[i] < 0x20 && text[i] != '\n' && text[i] != '\r' && text[i] != '\t') || text[i] == 0x7f)
            return false;
    return true;
}

static bool is_in_range(const struct field *field, double value)
{
    return value >= field->min && value <= field->max;
}

/* ---- writing ---- */

static void put_field(GByteArray *out, uint16_t tag, const void *bytes, size_t size)
{
    uint16_t head[2] = {GUINT16_TO_LE(tag), 0};
    uint32_t length = GUINT32_TO_LE((uint32_t)size);
    g_byte_array_append(out, (const guint8 *)head, sizeof(head));
    g_byte_array_append(out, (const guint8 *)&length, sizeof(length));
    g_byte_array_append(out, bytes, (guint)size);
}

static void put_number(GByteArray *out, uint16_t tag, const void *number)
{
    uint64_t bits;
    memcpy(&bits, number, sizeof(bits));
    bits = GUINT64_TO_LE(bits);
    put_field(out, tag, &bits, sizeof(bits));
}

static void write_field(GByteArray *out, const void *record, const struct field *field)
{
    if (field->type == INT) {
        const int64_t *value = MEMBER(record, field, const int64_t);
        if (*value != MEDIA_NO_INT && is_in_range(field, (double)*value))
            put_number(out, field->tag, value);
    } else if (field->type == DOUBLE) {
        const double *value = MEMBER(record, field, const double);
        if (is_in_range(field, *value)) /* false for NAN */
            put_number(out, field->tag, value);
    } else if (field->type == TEXT) {
        const char *text = *MEMBER(record, field, char *const);
        size_t size = text ? strlen(text) : 0;
        if (text && is_in_range(field, (double)size) && is_plain_text(text, size))
            put_field(out, field->tag, text, size);
    } else {
        GBytes *bytes = *MEMBER(record, field, GBytes *const);
        if (bytes && is_in_range(field, (double)g_bytes_get_size(bytes)))
            put_field(out, field->tag, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
    }
}

static GByteArray *write_record(const void *record, const struct field *fields, size_t n_fields)
{
    GByteArray *out = g_byte_array_new();
    for (size_t i = 0; i < n_fields; i++)
        write_field(out, record, &fields[i]);
    return out;
}

/* ---- reading ---- */

static bool refuse(GError **error, const char *what, unsigned tag)
{
    g_autofree char *detail = g_strdup_printf("field %u: %s", tag, what);
    return err_set_detail(error, ERR_CORRUPT, detail, "The media worker's message was malformed.");
}

static bool read_number(const struct field *field, const uint8_t *bytes, size_t size, void *record, GError **error)
{
    uint64_t bits;
    if (size != sizeof(bits))
        return refuse(error, "a number of another size than 8", field->tag);
    memcpy(&bits, bytes, sizeof(bits));
    bits = GUINT64_FROM_LE(bits);
    double value;
    if (field->type == INT)
        value = (double)(int64_t)bits;
    else
        memcpy(&value, &bits, sizeof(value));
    if (!is_in_range(field, value))
        return refuse(error, "out of range", field->tag);
    memcpy(MEMBER(record, field, char), &bits, sizeof(bits));
    return true;
}

static bool read_field(const struct field *field, const uint8_t *bytes, size_t size, void *record, GError **error)
{
    if (field->type == INT || field->type == DOUBLE)
        return read_number(field, bytes, size, record, error);
    if (!is_in_range(field, (double)size))
        return refuse(error, "length out of range", field->tag);
    if (field->type == BYTES) {
        *MEMBER(record, field, GBytes *) = g_bytes_new(bytes, size);
        return true;
    }
    if (!is_plain_text((const char *)bytes, size))
        return refuse(error, "not plain text", field->tag);
    *MEMBER(record, field, char *) = g_strndup((const char *)bytes, size);
    return true;
}

static int find_field(const struct field *fields, size_t n_fields, unsigned tag)
{
    for (size_t i = 0; i < n_fields; i++)
        if (fields[i].tag == tag)
            return (int)i;
    return -1;
}

/* Reads into @record, which is initialised here and must be cleared by the caller also on failure. */
static bool read_record(const uint8_t *bytes, size_t size, void *record, const struct field *fields, size_t n_fields,
                        GError **error)
{
    bool seen[FIELDS_MAX] = {false};
    init(record, fields, n_fields);
    while (size > 0) {
        uint16_t head[2];
        uint32_t length;
        if (size < sizeof(head) + sizeof(length))
            return refuse(error, "cut off in a field's head", 0);
        memcpy(head, bytes, sizeof(head));
        memcpy(&length, bytes + sizeof(head), sizeof(length));
        unsigned tag = GUINT16_FROM_LE(head[0]);
        length = GUINT32_FROM_LE(length);
        bytes += sizeof(head) + sizeof(length);
        size -= sizeof(head) + sizeof(length);
        if (length > size)
            return refuse(error, "longer than the message", tag);
        int i = find_field(fields, n_fields, tag);
        if (i >= 0) {
            if (seen[i])
                return refuse(error, "said twice", tag);
            seen[i] = true;
            if (!read_field(&fields[i], bytes, length, record, error))
                return false;
        }
        bytes += length;
        size -= length;
    }
    for (size_t i = 0; i < n_fields; i++)
        if (fields[i].required && !seen[i])
            return refuse(error, "missing", fields[i].tag);
    return true;
}

G_STATIC_ASSERT(G_N_ELEMENTS(reply_fields) <= FIELDS_MAX);
G_STATIC_ASSERT(G_N_ELEMENTS(request_fields) <= FIELDS_MAX);

/* ---- the four messages ---- */

void protocol_hello_clear(struct protocol_hello *hello)
{
    clear(hello, hello_fields, G_N_ELEMENTS(hello_fields));
}

void media_request_clear(struct media_request *request)
{
    clear(request, request_fields, G_N_ELEMENTS(request_fields));
}

void media_reply_init(struct media_reply *reply)
{
    init(reply, reply_fields, G_N_ELEMENTS(reply_fields));
}

void media_reply_clear(struct media_reply *reply)
{
    clear(reply, reply_fields, G_N_ELEMENTS(reply_fields));
}

GByteArray *protocol_hello_write(const struct protocol_hello *hello)
{
    return write_record(hello, hello_fields, G_N_ELEMENTS(hello_fields));
}

GByteArray *media_request_write(const struct media_request *request)
{
    return write_record(request, request_fields, G_N_ELEMENTS(request_fields));
}

GByteArray *media_reply_write(const struct media_reply *reply)
{
    return write_record(reply, reply_fields, G_N_ELEMENTS(reply_fields));
}

GByteArray *media_progress_write(const struct media_progress *progress)
{
    return write_record(progress, progress_fields, G_N_ELEMENTS(progress_fields));
}

bool protocol_hello_read(const void *bytes, size_t size, struct protocol_hello *ret_hello, GError **error)
{
    struct protocol_hello hello;
    bool ok = read_record(bytes, size, &hello, hello_fields, G_N_ELEMENTS(hello_fields), error);
    if (ok)
        *ret_hello = hello;
    else
        protocol_hello_clear(&hello);
    return ok;
}

bool media_request_read(const void *bytes, size_t size, struct media_request *ret_request, GError **error)
{
    struct media_request request;
    bool ok = read_record(bytes, size, &request, request_fields, G_N_ELEMENTS(request_fields), error);
    if (ok)
        *ret_request = request;
    else
        media_request_clear(&request);
    return ok;
}

/* What single fields cannot say: derivatives come whole, and a failure comes with a reason. */
static bool is_consistent(const struct media_reply *reply, GError **error)
{
    bool has_picture = reply->outcome == MEDIA_OK || reply->outcome == MEDIA_DAMAGED;
    bool has_all = reply->thumbnail_bytes != MEDIA_NO_INT && reply->thumbnail_width_px != MEDIA_NO_INT &&
                   reply->thumbnail_height_px != MEDIA_NO_INT && reply->preview_bytes != MEDIA_NO_INT &&
                   reply->preview_width_px != MEDIA_NO_INT && reply->preview_height_px != MEDIA_NO_INT &&
                   reply->width_px != MEDIA_NO_INT && reply->height_px != MEDIA_NO_INT && reply->thumbhash &&
                   reply->mime;
    /* A converted video, a photo made smaller or packed, is one file, and that is all; one that is kept is none. */
    has_all = has_all || (reply->output_bytes != MEDIA_NO_INT && reply->mime) || reply->kept != MEDIA_NO_INT;
    if (has_picture && !has_all)
        return refuse(error, "a picture without all that belongs to it", 0);
    if (reply->outcome != MEDIA_OK && !reply->reason)
        return refuse(error, "a failure without a reason", 2);
    return true;
}

/* Sizes, the work itself, and where a part of the file begins: what another file of the same photo says otherwise. */
static bool may_differ(const struct field *field)
{
    return field->tag <= 3 || (field->tag >= 12 && field->tag <= 15) || (field->tag >= 30 && field->tag <= 38) ||
           (field->tag >= 43 && field->tag <= 52) || field->tag == 55 || field->tag == 75;
}

char *media_reply_difference(const struct media_reply *a, const struct media_reply *b)
{
    for (size_t i = 0; i < G_N_ELEMENTS(reply_fields); i++) {
        g_autoptr(GByteArray) said_a = g_byte_array_new(), said_b = g_byte_array_new();
        write_field(said_a, a, &reply_fields[i]);
        write_field(said_b, b, &reply_fields[i]);
        if (!may_differ(&reply_fields[i]) &&
            (said_a->len != said_b->len || (said_a->len > 0 && memcmp(said_a->data, said_b->data, said_a->len) != 0)))
            return g_strdup_printf("field %u", reply_fields[i].tag);
    }
    return NULL;
}

bool media_reply_read(const void *bytes, size_t size, struct media_reply *ret_reply, GError **error)
{
    struct media_reply reply;
    bool ok = read_record(bytes, size, &reply, reply_fields, G_N_ELEMENTS(reply_fields), error) &&
              is_consistent(&reply, error);
    if (ok)
        *ret_reply = reply;
    else
        media_reply_clear(&reply);
    return ok;
}

bool media_progress_read(const void *bytes, size_t size, struct media_progress *ret_progress, GError **error)
{
    struct media_progress progress;
    if (!read_record(bytes, size, &progress, progress_fields, G_N_ELEMENTS(progress_fields), error))
        return false;
    *ret_progress = progress;
    return true;
}
