/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/events.h"

#include "api/access.h"
#include "api/dto.h"
#include "api/socket_io_packet.h"
#include "base/error.h"
#include "base/log.h"
#include "catalog/keys.h"
#include "catalog/sessions.h"
#include "db/db.h"
#include "http/websocket.h"

/* What somebody came with. */
struct credential {
    int64_t user_id;
    enum access_kind kind;
    struct uuid uuid; /* of the session or key */
};

struct event_member {
    struct events *events;
    struct credential credential;
    struct websocket *socket;
    GList link;   /* in its account's queue */
    bool is_over; /* was told to leave */
};

struct events {
    struct db *db;
    int64_t session_idle_us;
    GMutex lock;
    GHashTable *accounts; /* int64_t user_id → GQueue of struct event_member; under lock, and so are the members */
};

/* ---- life ---- */

static void free_queue(gpointer queue)
{
    g_assert(g_queue_is_empty(queue));
    g_queue_free(queue);
}

struct events *events_new(struct db *db, int64_t session_idle_us)
{
    struct events *events = g_new0(struct events, 1);
    events->db = db;
    events->session_idle_us = session_idle_us;
    g_mutex_init(&events->lock);
    events->accounts = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, free_queue);
    return events;
}

void events_free(struct events *events)
{
    g_hash_table_unref(events->accounts);
    g_mutex_clear(&events->lock);
    g_free(events);
}

/* ---- who listens ---- */

/* Under the lock; NULL: nobody. */
static GQueue *queue_of(const struct events *events, int64_t user_id)
{
    return g_hash_table_lookup(events->accounts, &user_id);
}

/* Under the lock. */
static bool enter(struct event_member *member)
{
    struct events *events = member->events;
    int64_t user_id = member->credential.user_id;
    GQueue *queue = queue_of(events, user_id);
    if (queue && queue->length >= EVENTS_MAX_MEMBERS)
        return false;
    if (!queue)
        g_hash_table_insert(events->accounts, g_memdup2(&user_id, sizeof user_id), queue = g_queue_new());
    g_queue_push_tail_link(queue, &member->link);
    return true;
}

struct event_member *events_join(struct events *events, const struct access *who, struct websocket *socket,
                                 GError **error)
{
    struct event_member *member = g_new0(struct event_member, 1);
    *member = (struct event_member){
        .events = events,
        .credential = {who->user.id, who->kind, who->kind == ACCESS_KEY ? who->key.uuid : who->session.uuid},
        .socket = socket,
    };
    member->link.data = member;
    g_mutex_lock(&events->lock);
    bool entered = enter(member);
    g_mutex_unlock(&events->lock);
    if (entered)
        return member;
    g_free(member);
    err_set(error, ERR_LIMIT, "Too many connections of this account are open.");
    return NULL;
}

void events_leave(struct event_member *member)
{
    if (!member)
        return;
    struct events *events = member->events;
    g_mutex_lock(&events->lock);
    GQueue *queue = queue_of(events, member->credential.user_id);
    g_queue_unlink(queue, &member->link);
    if (queue->length == 0)
        g_hash_table_remove(events->accounts, &member->credential.user_id);
    g_mutex_unlock(&events->lock);
    g_free(member);
}

/* ---- telling ---- */

bool events_has(struct events *events, int64_t user_id)
{
    g_mutex_lock(&events->lock);
    bool has = queue_of(events, user_id) != NULL;
    g_mutex_unlock(&events->lock);
    return has;
}

/* Under the lock. */
static void send_to(const GQueue *queue, bool for_sessions_only, GBytes *packet)
{
    for (const GList *item = queue ? queue->head : NULL; item; item = item->next) {
        const struct event_member *member = item->data;
        if (!member->is_over && (!for_sessions_only || member->credential.kind == ACCESS_SESSION))
            websocket_send(member->socket, packet);
    }
}

void events_send(struct events *events, const struct event *event)
{
    GHashTableIter accounts;
    gpointer queue;
    g_autoptr(GBytes) packet = socket_io_event(event->name, event->json);
    g_mutex_lock(&events->lock);
    if (event->user_id != EVENTS_TO_ALL) {
        send_to(queue_of(events, event->user_id), event->for_sessions_only, packet);
    } else {
        g_hash_table_iter_init(&accounts, events->accounts);
        while (g_hash_table_iter_next(&accounts, NULL, &queue))
            send_to(queue, event->for_sessions_only, packet);
    }
    g_mutex_unlock(&events->lock);
}

void events_send_id(struct events *events, int64_t user_id, const char *name, const struct uuid *id)
{
    g_autoptr(GString) text = g_string_new(NULL);
    struct json json = json_to(text);
    dto_uuid(&json, NULL, id);
    events_send(events, &(struct event){.user_id = user_id, .name = name, .json = text->str});
}

void events_send_ids(struct events *events, int64_t user_id, const char *name, const struct uuid *ids, size_t n)
{
    if (n == 0 || !events_has(events, user_id))
        return;
    g_autoptr(GString) text = g_string_new(NULL);
    struct json json = json_to(text);
    json_begin_array(&json, NULL);
    for (size_t i = 0; i < n; i++)
        dto_uuid(&json, NULL, &ids[i]);
    json_end(&json);
    events_send(events, &(struct event){.user_id = user_id, .name = name, .json = text->str});
}

/* ---- who may listen no longer ---- */

struct search {
    const struct uuid *wanted;
    bool found;
};

static bool find_session(const struct session *session, void *data)
{
    struct search *search = data;
    search->found = uuid_equal(&session->uuid, search->wanted);
    return !search->found;
}

/* True also where the database does not say. */
static bool is_good(struct events *events, const struct credential *credential)
{
    g_autoptr(GError) error = NULL;
    struct search search = {.wanted = &credential->uuid};
    KEY_AUTO struct api_key key = {0};
    DB_READ struct db_conn *conn = db_read_begin(events->db, &error);
    bool known =
        conn && credential->kind == ACCESS_KEY
            ? keys_find_uuid(conn, credential->user_id, &credential->uuid, &key, &error)
            : conn && sessions_list(conn, credential->user_id, events->session_idle_us, find_session, &search, &error);
    if (known)
        return search.found || (key.permissions && permission_allows(key.permissions, EVENTS_PERMISSION));
    if (!err_is(error, ERR_NOT_FOUND))
        log_error("events.check", error);
    return !err_is(error, ERR_NOT_FOUND);
}

/* Under the lock. */
static void dismiss(struct event_member *member)
{
    if (member->is_over)
        return;
    member->is_over = true;
    if (member->credential.kind == ACCESS_SESSION) {
        char text[UUID_TEXT_SIZE];
        g_autofree char *json = g_strdup_printf("\"%s\"", uuid_format(&member->credential.uuid, text));
        g_autoptr(GBytes) packet = socket_io_event("on_session_delete", json);
        websocket_send(member->socket, packet);
    }
    g_autoptr(GBytes) farewell = socket_io_disconnect();
    websocket_send(member->socket, farewell);
    websocket_close(member->socket, WEBSOCKET_POLICY);
}

/* All who came with @credential. */
static void dismiss_all(struct events *events, const struct credential *credential)
{
    g_mutex_lock(&events->lock);
    const GQueue *queue = queue_of(events, credential->user_id);
    for (const GList *item = queue ? queue->head : NULL; item; item = item->next) {
        struct event_member *member = item->data;
        if (member->credential.kind == credential->kind && uuid_equal(&member->credential.uuid, &credential->uuid))
            dismiss(member);
    }
    g_mutex_unlock(&events->lock);
}

void events_check_member(struct event_member *member)
{
    struct credential credential = member->credential;
    if (!is_good(member->events, &credential))
        dismiss_all(member->events, &credential);
}

void events_check(struct events *events, int64_t user_id)
{
    g_autoptr(GArray) credentials = g_array_new(FALSE, FALSE, sizeof(struct credential));
    g_mutex_lock(&events->lock);
    const GQueue *queue = queue_of(events, user_id);
    for (const GList *item = queue ? queue->head : NULL; item; item = item->next)
        g_array_append_val(credentials, ((const struct event_member *)item->data)->credential);
    g_mutex_unlock(&events->lock);
    for (guint i = 0; i < credentials->len; i++) {
        const struct credential *credential = &g_array_index(credentials, struct credential, i);
        if (!is_good(events, credential))
            dismiss_all(events, credential);
    }
}

void events_end_key(struct events *events, int64_t user_id, const struct uuid *key)
{
    dismiss_all(events, &(struct credential){user_id, ACCESS_KEY, *key});
}
