/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The locked folder: /api/auth/pin-code and /api/auth/session, and who sees what is locked. A key never does: it is
 * kept where no person types. */
#include "api/dto.h"
#include "api/resources.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "catalog/assets.h"
#include "catalog/passwords.h"
#include "catalog/pins.h"
#include "catalog/throttle.h"
#include "db/db.h"

/* ---- who sees what is locked ---- */

struct unlock_work {
    int64_t session_id, until_us;
};

static bool unlock_work(struct db_conn *conn, void *data, GError **error)
{
    const struct unlock_work *work = data;
    return pins_unlock(conn, work->session_id, work->until_us, error);
}

static bool unlock(struct call *call, int64_t until_us, GError **error)
{
    struct unlock_work work = {call->who->session.id, until_us};
    return call_write(call, unlock_work, &work, error);
}

bool call_is_unlocked(struct call *call)
{
    int64_t now_us = clock_now_us(), until_us = call->who->session.pin_until_us;
    if (call->who->kind != ACCESS_SESSION || until_us <= now_us)
        return false;
    /* In use it stays open; written down now and then, not at each picture. */
    int64_t length_us = (int64_t)PIN_UNLOCKED_S * G_USEC_PER_SEC;
    if (until_us - now_us < length_us / 2)
        unlock(call, now_us + length_us, NULL);
    return true;
}

bool call_require_unlocked(struct call *call, GError **error)
{
    return call_is_unlocked(call) || err_set(error, ERR_UNAUTHENTICATED, "Elevated permission is required");
}

bool call_check_visible(struct call *call, enum asset_visibility visibility, const char *permission, GError **error)
{
    return visibility != ASSET_LOCKED || call_is_unlocked(call) ||
           err_set(error, ERR_INVALID, "Not found or no %s access", permission);
}

/* ---- the PIN ---- */

struct proof {
    const char *pin, *new_pin, *password;
};

static bool find_pin(struct call *call, char **ret_hash, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    return conn && pins_find(conn, call->who->user.id, ret_hash, error);
}

static bool require_session(struct call *call, GError **error)
{
    return call->who->kind == ACCESS_SESSION ||
           err_set(error, ERR_FORBIDDEN, "This endpoint can only be used with a session token");
}

/* Six digits are short for a password hash's taste. */
static char *padded(const char *pin)
{
    return g_strconcat("pin:", pin, NULL);
}

/* The PIN, or the password of the account for who has forgotten it. A million PINs are soon tried: guesses wait. */
static bool check_proof(struct call *call, const struct proof *proof, const char *hash, GError **error)
{
    g_autofree char *account = g_strconcat("pin:", call->who->user.email, NULL);
    const char *address = http_remote(call->request);
    if (!proof->pin && !proof->password)
        return call_problem(call, error, "pinCode", "is missing");
    if (!call_check_throttle(call, account, error))
        return false;
    g_autofree char *pin = proof->pin ? padded(proof->pin) : NULL;
    bool right =
        pin ? hash && password_verify(hash, pin) : password_verify(call->who->user.password_hash, proof->password);
    if (right) {
        throttle_passed(call->api->throttle, account, address);
        return true;
    }
    throttle_failed(call->api->throttle, account, address);
    log_event(G_LOG_LEVEL_WARNING, "auth.pin-refused", "address", address, NULL);
    return err_set(error, ERR_INVALID, pin ? "Wrong PIN code" : "Wrong password");
}

char *call_pin_hash(const char *pin, GError **error)
{
    g_autofree char *text = padded(pin);
    return password_hash(text, error);
}

struct set_work {
    int64_t user_id;
    const char *hash;
};

static bool set_work(struct db_conn *conn, void *data, GError **error)
{
    const struct set_work *work = data;
    return pins_set(conn, work->user_id, work->hash, error);
}

static bool set_pin(struct call *call, const char *pin, GError **error)
{
    g_autofree char *hash = pin ? call_pin_hash(pin, error) : NULL;
    struct set_work work = {call->who->user.id, hash};
    return (!pin || hash) && call_write(call, set_work, &work, error) && call_answer_empty(call, 204);
}

#define FIELD(field_name, member)                                                                                      \
    {                                                                                                                  \
        .name = field_name, .kind = BODY_TEXT, .offset = offsetof(struct proof, member), .min = 1,                     \
        .max = PASSWORD_MAX_BYTES                                                                                      \
    }
static const struct body_field fields[] = {
    FIELD("pinCode", pin),
    FIELD("newPinCode", new_pin),
    FIELD("password", password),
};
static const struct body_shape shape = BODY_SHAPE(struct proof, fields);

static bool read_proof(struct call *call, struct proof *ret_proof, char **ret_hash, GError **error)
{
    return require_session(call, error) && call_body(call, &shape, ret_proof, error) && find_pin(call, ret_hash, error);
}

static bool check_new(struct call *call, const char *path, const char *pin, GError **error)
{
    return pin_is_valid(pin) || call_problem(call, error, path, "must be %d digits", PIN_DIGITS);
}

bool handle_pin_setup(struct call *call, GError **error)
{
    struct proof proof;
    g_autofree char *hash = NULL;
    if (!read_proof(call, &proof, &hash, error) || !check_new(call, "pinCode", proof.pin, error))
        return false;
    if (hash)
        return err_set(error, ERR_INVALID, "User already has a PIN code");
    return set_pin(call, proof.pin, error);
}

bool handle_pin_change(struct call *call, GError **error)
{
    struct proof proof;
    g_autofree char *hash = NULL;
    return read_proof(call, &proof, &hash, error) && check_new(call, "newPinCode", proof.new_pin, error) &&
           check_proof(call, &proof, hash, error) && set_pin(call, proof.new_pin, error);
}

bool handle_pin_reset(struct call *call, GError **error)
{
    struct proof proof;
    g_autofree char *hash = NULL;
    return read_proof(call, &proof, &hash, error) && check_proof(call, &proof, hash, error) &&
           set_pin(call, NULL, error);
}

/* ---- the session ---- */

bool handle_session_unlock(struct call *call, GError **error)
{
    struct proof proof;
    g_autofree char *hash = NULL;
    if (!read_proof(call, &proof, &hash, error))
        return false;
    if (!hash)
        return err_set(error, ERR_INVALID, "User does not have a PIN code");
    return check_proof(call, &proof, hash, error) &&
           unlock(call, clock_now_us() + (int64_t)PIN_UNLOCKED_S * G_USEC_PER_SEC, error) &&
           call_answer_empty(call, 204);
}

bool handle_session_lock(struct call *call, GError **error)
{
    return require_session(call, error) && unlock(call, 0, error) && call_answer_empty(call, 204);
}

bool handle_auth_status(struct call *call, GError **error)
{
    g_autofree char *hash = NULL;
    if (!find_pin(call, &hash, error))
        return false;
    const struct session *session = &call->who->session;
    bool is_open = call->who->kind == ACCESS_SESSION && session->pin_until_us > clock_now_us();
    GString *text = g_string_new(NULL);
    struct json json = json_to(text);
    json_begin_object(&json, NULL);
    json_bool(&json, "pinCode", hash != NULL);
    json_bool(&json, "password", true);
    json_bool(&json, "isElevated", is_open);
    if (session->expires_us > 0)
        json_time(&json, "expiresAt", session->expires_us);
    if (is_open)
        json_time(&json, "pinExpiresAt", session->pin_until_us);
    json_end(&json);
    return call_answer(call, 200, text);
}

const struct operation locked_operations[] = {
    {"getAuthStatus", ANSWERS(200, "AuthStatusResponseDto")},
    {"setupPinCode", .body = &shape, ANSWERS_NOTHING},
    {"changePinCode", .body = &shape, ANSWERS_NOTHING},
    {"resetPinCode", .body = &shape, ANSWERS_NOTHING},
    {"unlockAuthSession", .body = &shape, ANSWERS_NOTHING},
    {"lockAuthSession", ANSWERS_NOTHING},
    {.name = NULL},
};
