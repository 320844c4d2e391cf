/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client/scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/media_type.h"
#include "base/text.h"
#include "client/ignore.h"

enum {
    DEPTH_MAX = 200, /* folders within each other; each holds a descriptor while it is read */
    IGNORE_FILE_MAX = 1024 * 1024,
    KEY_MAX = 4096,
    WORDS_MAX = 50,
    TOLD_EVERY = 64,
};
#define IGNORE_NAME ".ambrotypeignore"

static const char default_ignores[] = ".*\n"
                                      "@eaDir/\n\\#recycle/\n@Recycle/\n$RECYCLE.BIN/\nSystem Volume Information/\n"
                                      "lost+found/\nRECYCLER/\n**/*.photoslibrary/resources/\n*.lrdata/\n";

/* The folder that is read, and those above it. */
struct level {
    const struct level *above;
    int fd;
    dev_t dev;
    ino_t inode;
    size_t path_length;    /* of this folder, in walk.path */
    struct ignore *ignore; /* of this folder, or NULL */
    GHashTable *names;     /* of its XMP files; NULL: none */
    GHashTable *alone;     /* those of them that no photo has claimed yet; with `names` */
    unsigned depth;
    int err; /* why an entry could not be looked at: names alone are no backup; 0: all could */
};

struct walk {
    struct scan *scan;
    struct ignore *defaults;
    size_t root_length;
    GString *path; /* of what is looked at now */
    scan_told *told;
    void *told_data;
    bool is_ended;
};

/* Nanoseconds of 64 bits go from 1677 to 2262; a camera without a clock and `touch` know no such bounds. */
static int64_t nanoseconds_of(const struct timespec *time)
{
    const int64_t last_s = G_MAXINT64 / 1000000000 - 1;
    return (int64_t)CLAMP(time->tv_sec, -last_s, last_s) * 1000000000 + time->tv_nsec;
}

struct file_mark file_mark_of(const struct stat *stat)
{
    return (struct file_mark){
        .size_bytes = stat->st_size,
        .mtime_ns = nanoseconds_of(&stat->st_mtim),
        .ctime_ns = nanoseconds_of(&stat->st_ctim),
        .inode = (int64_t)stat->st_ino,
    };
}

bool file_mark_equal(const struct file_mark *a, const struct file_mark *b)
{
    return a->size_bytes == b->size_bytes && a->mtime_ns == b->mtime_ns && a->ctime_ns == b->ctime_ns &&
           a->inode == b->inode;
}

void scan_item_free(struct scan_item *item)
{
    if (!item)
        return;
    g_free(item->path);
    g_free(item->key);
    g_free(item->note);
    g_free(item->sidecar);
    g_free(item);
}

static void free_item(void *item)
{
    scan_item_free(item);
}

struct scan *scan_new(void)
{
    struct scan *scan = g_new0(struct scan, 1);
    scan->items = g_ptr_array_new_with_free_func(free_item);
    scan->lost = g_ptr_array_new_with_free_func(g_free);
    scan->words = g_ptr_array_new_with_free_func(g_free);
    return scan;
}

void scan_free(struct scan *scan)
{
    if (!scan)
        return;
    g_ptr_array_unref(scan->items);
    g_ptr_array_unref(scan->lost);
    g_ptr_array_unref(scan->words);
    g_free(scan);
}

/* ---- paths ---- */

bool scan_is_below(const char *path, const char *folder)
{
    size_t length = strlen(folder);
    if (length == 1 && *folder == '/')
        return *path == '/';
    return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

bool scan_is_lost(const struct scan *scan, const char *path)
{
    for (guint i = 0; i < scan->lost->len; i++)
        if (scan_is_below(path, g_ptr_array_index(scan->lost, i)))
            return true;
    return false;
}

char *scan_key(const char *path)
{
    size_t size = strlen(path);
    if (size <= KEY_MAX && g_utf8_validate(path, (gssize)size, NULL))
        return g_strdup(path);
    /* Replacing and cutting may make two names one: the hash keeps them apart. */
    g_autofree char *hash = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)path, size);
    g_autofree char *text = text_utf8(path, size);
    size_t keep = MIN(strlen(text), KEY_MAX - 17);
    while (keep > 0 && ((unsigned char)text[keep] & 0xc0) == 0x80)
        keep--;
    return g_strdup_printf("%.*s~%.16s", (int)keep, text, hash);
}

static void say(struct scan *scan, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void say(struct scan *scan, const char *format, ...)
{
    if (scan->words->len >= WORDS_MAX)
        return;
    va_list args;
    va_start(args, format);
    g_ptr_array_add(scan->words, g_strdup_vprintf(format, args));
    va_end(args);
}

/* ---- items ---- */

static struct scan_item *add_item(struct walk *walk, const struct file_mark *mark, enum scan_problem problem, int err)
{
    struct scan_item *item = g_new0(struct scan_item, 1);
    item->path = g_strdup(walk->path->str);
    item->key = scan_key(item->path);
    if (mark)
        item->mark = *mark;
    item->problem = problem;
    if (err)
        item->note = g_strdup(g_strerror(err));
    g_ptr_array_add(walk->scan->items, item);
    guint n = walk->scan->items->len;
    if (walk->told && n % TOLD_EVERY == 0 && !walk->told(n, walk->told_data))
        walk->is_ended = true;
    return item;
}

static struct scan_item *add_lost(struct walk *walk, int err)
{
    g_ptr_array_add(walk->scan->lost, g_strdup(walk->path->str));
    struct scan_item *item = add_item(walk, NULL, SCAN_UNREADABLE, err);
    item->is_dir = true;
    return item;
}

/* "IMG.jpg.xmp" or "IMG.xmp" beside "IMG.jpg". */
static char *find_sidecar(const struct walk *walk, struct level *level, const char *name)
{
    if (!level->names)
        return NULL;
    const char *dot = strrchr(name, '.');
    g_autofree char *full = g_strconcat(name, ".xmp", NULL);
    g_autofree char *stem = g_strndup(name, dot ? (size_t)(dot - name) : strlen(name));
    g_autofree char *brief = g_strconcat(stem, ".xmp", NULL);
    const char *const wanted[] = {full, brief};
    for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++) {
        g_autofree char *lower = g_ascii_strdown(wanted[i], -1);
        const char *found = g_hash_table_lookup(level->names, lower);
        if (!found)
            continue;
        g_hash_table_remove(level->alone, found);
        return g_strdup_printf("%.*s/%s", (int)level->path_length, walk->path->str, found);
    }
    return NULL;
}

static void take_file(struct walk *walk, struct level *level, const char *name, const struct stat *stat)
{
    const struct media_type *type = media_type_of(name);
    if (!type || type->class == MEDIA_CLASS_SIDECAR) {
        walk->scan->n_other += type == NULL;
        return;
    }
    struct file_mark mark = file_mark_of(stat);
    if (mark.size_bytes == 0) {
        add_item(walk, &mark, SCAN_EMPTY, 0);
    } else if (faccessat(level->fd, name, R_OK, AT_EACCESS) != 0) {
        add_item(walk, &mark, SCAN_UNREADABLE, errno);
    } else {
        add_item(walk, &mark, SCAN_FINE, 0)->sidecar = find_sidecar(walk, level, name);
        walk->scan->bytes += mark.size_bytes;
    }
}

/* ---- what is left out ---- */

/* Does an ignore file say that this name is left out? The nearest one that says anything decides. */
static bool is_left_out(struct walk *walk, const struct level *level, bool is_dir)
{
    for (const struct level *l = level; l; l = l->above) {
        if (!l->ignore)
            continue;
        enum ignore_verdict verdict = ignore_match(l->ignore, walk->path->str + l->path_length + 1, is_dir);
        if (verdict != IGNORE_SILENT) {
            walk->scan->n_ignored += verdict == IGNORE_EXCLUDE;
            return verdict == IGNORE_EXCLUDE;
        }
    }
    if (ignore_match(walk->defaults, walk->path->str + walk->root_length + 1, is_dir) != IGNORE_EXCLUDE)
        return false;
    walk->scan->n_hidden++;
    return true;
}

static void read_ignore_file(struct walk *walk, struct level *level)
{
    AUTO_FD int fd = openat(level->fd, IGNORE_NAME, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat stat;
    if (fd < 0 && errno == ENOENT)
        return;
    if (fd < 0 || fstat(fd, &stat) != 0 || !S_ISREG(stat.st_mode) || stat.st_size > IGNORE_FILE_MAX) {
        say(walk->scan, "%s/%s could not be read; it leaves nothing out.", walk->path->str, IGNORE_NAME);
        return;
    }
    g_autofree char *text = g_malloc((gsize)stat.st_size + 1);
    ssize_t size = io_read_full(fd, text, (size_t)stat.st_size, NULL);
    if (size < 0)
        return;
    size_t refused = 0;
    level->ignore = ignore_parse(text, (size_t)size, &refused);
    if (refused > 0)
        say(walk->scan, "%s/%s: %zu of its lines make no sense and leave nothing out.", walk->path->str, IGNORE_NAME,
            refused);
}

/* ---- folders ---- */

static void walk_folder(struct walk *walk, const struct level *above, int fd);

static bool is_loop(const struct level *level, const struct stat *stat)
{
    for (const struct level *l = level; l; l = l->above)
        if (l->dev == stat->st_dev && l->inode == stat->st_ino)
            return true;
    return false;
}

static void enter(struct walk *walk, const struct level *level, const char *name, const struct stat *stat)
{
    if (is_loop(level, stat))
        return; /* a folder mounted inside itself */
    if (level->depth >= DEPTH_MAX) {
        add_lost(walk, ELOOP);
        return;
    }
    int fd = openat(level->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        add_lost(walk, errno);
    else
        walk_folder(walk, level, fd);
}

static void take_entry(struct walk *walk, struct level *level, const char *name)
{
    struct stat stat;
    if (strcmp(name, IGNORE_NAME) == 0)
        return;
    if (fstatat(level->fd, name, &stat, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno != ENOENT) /* else it is gone since the folder was read */
            level->err = errno;
        return;
    }
    bool is_link = S_ISLNK(stat.st_mode);
    if (is_left_out(walk, level, S_ISDIR(stat.st_mode))) {
        if (level->alone) /* it is counted among those already */
            g_hash_table_remove(level->alone, name);
        return;
    }
    if (is_link && fstatat(level->fd, name, &stat, 0) != 0) {
        if (media_type_of(name))
            add_item(walk, NULL, SCAN_UNREADABLE, errno); /* the link leads nowhere */
        return;
    }
    if (S_ISDIR(stat.st_mode) && is_link) {
        walk->scan->n_links++;
        say(walk->scan, "%s is a link to a folder and was not followed; add its target if you want it.",
            walk->path->str);
    } else if (S_ISDIR(stat.st_mode)) {
        enter(walk, level, name, &stat);
    } else if (S_ISREG(stat.st_mode)) {
        take_file(walk, level, name, &stat);
    }
}

static int by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* All names of the folder, sorted; the XMP files among them also in level->names, by their name in lower case. */
static GPtrArray *read_names(struct level *level, DIR *dir, int *ret_errno)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(dir);
        if (!entry)
            break;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        char *name = g_strdup(entry->d_name);
        g_ptr_array_add(names, name);
        const struct media_type *type = media_type_of(name);
        if (!type || type->class != MEDIA_CLASS_SIDECAR)
            continue;
        if (!level->names)
            level->names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        if (!level->alone)
            level->alone = g_hash_table_new(g_str_hash, g_str_equal);
        g_hash_table_replace(level->names, g_ascii_strdown(name, -1), name);
        g_hash_table_add(level->alone, name);
    }
    *ret_errno = errno;
    g_ptr_array_sort(names, by_name);
    return g_steal_pointer(&names);
}

/* Takes over @fd. walk->path is the folder's and is the same afterwards. */
static void walk_folder(struct walk *walk, const struct level *above, int fd)
{
    struct level level = {
        .above = above, .fd = fd, .path_length = walk->path->len, .depth = above ? above->depth + 1 : 0};
    if (level.path_length == 1)
        level.path_length = 0; /* the root of the file system: its slash is the one between */
    struct stat stat;
    DIR *dir = fstat(fd, &stat) == 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        add_lost(walk, errno);
        close(fd);
        return;
    }
    level.dev = stat.st_dev;
    level.inode = stat.st_ino;
    g_autoptr(GPtrArray) names = read_names(&level, dir, &level.err);
    read_ignore_file(walk, &level);
    size_t length = walk->path->len;
    for (guint i = 0; i < names->len && !walk->is_ended; i++) {
        const char *name = g_ptr_array_index(names, i);
        g_string_truncate(walk->path, level.path_length);
        g_string_append_c(walk->path, '/');
        g_string_append(walk->path, name);
        take_entry(walk, &level, name);
        g_string_truncate(walk->path, length);
    }
    walk->scan->n_alone += level.alone ? g_hash_table_size(level.alone) : 0;
    if (level.err)
        add_lost(walk, level.err);
    closedir(dir);
    ignore_free(level.ignore);
    g_clear_pointer(&level.names, g_hash_table_unref);
    g_clear_pointer(&level.alone, g_hash_table_unref);
}

bool scan_add(struct scan *scan, const char *root, scan_told *told, void *data)
{
    g_autoptr(GString) path = g_string_new(root);
    struct walk walk = {.scan = scan,
                        .defaults = ignore_parse(default_ignores, strlen(default_ignores), NULL),
                        .root_length = strcmp(root, "/") == 0 ? 0 : strlen(root),
                        .path = path,
                        .told = told,
                        .told_data = data};
    int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int err = errno;
    if (fd < 0)
        add_lost(&walk, err)->is_missing = err == ENOENT || err == ENOTDIR;
    else
        walk_folder(&walk, NULL, fd);
    ignore_free(walk.defaults);
    return !walk.is_ended;
}
