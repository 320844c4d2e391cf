/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/archive.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "catalog/assets.h"
#include "store/store.h"
#include "zip/zip.h"

#define NOTE_NAME "MISSING OR DAMAGED.txt"

struct part {
    struct blob_id blob;
    int64_t start_bytes, size_bytes; /* of the blob; a motion part is a stretch */
    int64_t modified_us;
    char *name;
    bool is_damaged;
    const char *text; /* instead of a blob: the note */
};

struct archive {
    struct store *store;
    GArray *parts;
    GString *note; /* what people must know, or empty */
    struct zip *zip;
    guint next;       /* the part that comes now */
    int fd;           /* its file, -1 between parts */
    int64_t at_bytes; /* how far it is */
    GByteArray *head; /* headers to be sent, ... */
    guint head_sent;  /* ... as far as they are */
    bool is_finished;
};

static void clear_part(void *part)
{
    g_free(((struct part *)part)->name);
}

struct archive *archive_new(struct store *store)
{
    struct archive *archive = g_new0(struct archive, 1);
    archive->store = store;
    archive->parts = g_array_new(FALSE, FALSE, sizeof(struct part));
    g_array_set_clear_func(archive->parts, clear_part);
    archive->note = g_string_new(NULL);
    archive->zip = zip_new();
    archive->fd = -1;
    archive->head = g_byte_array_new();
    return archive;
}

void archive_free(void *data)
{
    struct archive *archive = data;
    if (!archive)
        return;
    io_auto_close(&archive->fd);
    g_array_unref(archive->parts);
    g_string_free(archive->note, TRUE);
    zip_free(archive->zip);
    g_byte_array_unref(archive->head);
    g_free(archive);
}

void archive_add(struct archive *archive, const struct asset_file *file, bool is_damaged)
{
    struct part part = {
        .blob = file->blob,
        .start_bytes = file->offset_bytes,
        .size_bytes = file->size_bytes,
        .modified_us = file->modified_us,
        .name = g_strdup(file->file_name),
        .is_damaged = is_damaged,
    };
    g_array_append_val(archive->parts, part);
}

/* ---- before the first byte ---- */

static bool is_there(const struct archive *archive, const struct part *part)
{
    /* A motion part does not know how long the whole file is. */
    return store_has(archive->store, &part->blob, part->start_bytes > 0 ? -1 : part->size_bytes) ||
           store_has_packed(archive->store, &part->blob, -1);
}

static void note(struct archive *archive, const struct part *part, const char *what)
{
    g_string_append_printf(archive->note, "%s: %s\r\n", part->name, what);
}

static void drop_missing(struct archive *archive)
{
    guint kept = 0;
    for (guint i = 0; i < archive->parts->len; i++) {
        struct part *part = &g_array_index(archive->parts, struct part, i);
        if (!is_there(archive, part)) {
            note(archive, part, "is missing from the server's disk, and so from this archive.");
            g_clear_pointer(&part->name, g_free);
            continue;
        }
        if (part->is_damaged)
            note(archive, part, "is in this archive as it is, but the server found its bytes damaged.");
        struct part moved = *part;
        part->name = NULL;
        g_array_index(archive->parts, struct part, kept++) = moved;
    }
    g_array_set_size(archive->parts, kept);
}

static void add_note(struct archive *archive)
{
    if (archive->note->len == 0)
        return;
    log_event(G_LOG_LEVEL_WARNING, "download.incomplete", "files", archive->note->str, NULL);
    struct part part = {.size_bytes = (int64_t)archive->note->len,
                        .modified_us = clock_now_us(),
                        .name = g_strdup(NOTE_NAME),
                        .text = archive->note->str};
    g_array_append_val(archive->parts, part);
}

static void give_names(struct archive *archive)
{
    struct zip_names *names = zip_names_new();
    for (guint i = 0; i < archive->parts->len; i++) {
        struct part *part = &g_array_index(archive->parts, struct part, i);
        char *name = zip_names_take(names, part->name);
        g_free(part->name);
        part->name = name;
    }
    zip_names_free(names);
}

static struct zip_entry entry_of(const struct part *part)
{
    return (struct zip_entry){part->name, part->modified_us, (uint64_t)part->size_bytes};
}

int64_t archive_measure(struct archive *archive)
{
    drop_missing(archive);
    add_note(archive);
    give_names(archive);
    struct zip *zip = zip_new();
    g_autoptr(GByteArray) head = g_byte_array_new();
    for (guint i = 0; i < archive->parts->len; i++) {
        struct zip_entry entry = entry_of(&g_array_index(archive->parts, struct part, i));
        zip_begin(zip, &entry, head);
        zip_skip(zip, entry.size_bytes);
        zip_end(zip, head);
        g_byte_array_set_size(head, 0);
    }
    zip_finish(zip, head);
    int64_t size_bytes = (int64_t)zip_size(zip);
    zip_free(zip);
    return size_bytes;
}

/* ---- while it is sent ---- */

static ssize_t take_head(struct archive *archive, char *buffer, size_t max)
{
    size_t some = MIN(max, archive->head->len - archive->head_sent);
    memcpy(buffer, archive->head->data + archive->head_sent, some);
    archive->head_sent += (guint)some;
    if (archive->head_sent == archive->head->len) {
        g_byte_array_set_size(archive->head, 0);
        archive->head_sent = 0;
    }
    return (ssize_t)some;
}

static bool begin_part(struct archive *archive, const struct part *part, GError **error)
{
    int64_t size_bytes = 0;
    archive->at_bytes = 0;
    archive->fd = store_open_blob(archive->store, &part->blob, &size_bytes, error);
    if (archive->fd < 0)
        return false;
    if (size_bytes < part->start_bytes + part->size_bytes || (part->start_bytes == 0 && size_bytes != part->size_bytes))
        return err_set(error, ERR_CORRUPT, "The original is not as long as it was when it was stored.");
    struct zip_entry entry = entry_of(part);
    zip_begin(archive->zip, &entry, archive->head);
    return true;
}

static void end_part(struct archive *archive)
{
    io_auto_close(&archive->fd);
    zip_end(archive->zip, archive->head);
    archive->next++;
}

static void whole_text(struct archive *archive, const struct part *part)
{
    struct zip_entry entry = entry_of(part);
    zip_begin(archive->zip, &entry, archive->head);
    zip_bytes(archive->zip, part->text, (size_t)part->size_bytes);
    g_byte_array_append(archive->head, (const guint8 *)part->text, (guint)part->size_bytes);
    end_part(archive);
}

static ssize_t read_part(struct archive *archive, const struct part *part, char *buffer, size_t max, GError **error)
{
    size_t wanted = (size_t)MIN((int64_t)max, part->size_bytes - archive->at_bytes);
    ssize_t got = io_pread_full(archive->fd, buffer, wanted, part->start_bytes + archive->at_bytes, error);
    if (got == 0)
        err_set(error, ERR_CORRUPT, "An original ends before its time.");
    if (got <= 0)
        return -1;
    zip_bytes(archive->zip, buffer, (size_t)got);
    archive->at_bytes += got;
    return got;
}

/* Makes the next header where there is nothing to be sent: false where it cannot. */
static bool step(struct archive *archive, GError **error)
{
    const struct part *part =
        archive->next < archive->parts->len ? &g_array_index(archive->parts, struct part, archive->next) : NULL;
    if (archive->fd >= 0)
        end_part(archive);
    else if (part && part->text)
        whole_text(archive, part);
    else if (part)
        return begin_part(archive, part, error);
    else {
        zip_finish(archive->zip, archive->head);
        archive->is_finished = true;
    }
    return true;
}

static bool has_bytes_left(const struct archive *archive)
{
    return archive->fd >= 0 && archive->at_bytes < g_array_index(archive->parts, struct part, archive->next).size_bytes;
}

ssize_t archive_pull(void *data, char *buffer, size_t max)
{
    struct archive *archive = data;
    g_autoptr(GError) error = NULL;
    while (archive->head->len == 0 && !has_bytes_left(archive)) {
        if (archive->is_finished)
            return 0;
        if (!step(archive, &error)) {
            log_error("download.cut-off", error);
            return -1;
        }
    }
    if (archive->head->len > 0)
        return take_head(archive, buffer, max);
    ssize_t got = read_part(archive, &g_array_index(archive->parts, struct part, archive->next), buffer, max, &error);
    if (got < 0)
        log_error("download.cut-off", error);
    return got;
}
