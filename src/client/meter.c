/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client/meter.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/text.h"

enum {
    SAMPLE_US = 200000,
    HALF_LIFE_S = 10,
    DRAW_US = 100000,
    PLAIN_US = 5000000, /* between lines where there is no terminal */
    SECONDS_MAX = 30 * 86400,
    BAR_MIN = 10,
    BAR_MAX = 30,
    DEFAULT_WIDTH = 80,
};

/* ---- rate ---- */

void rate_sample(struct rate *rate, int64_t bytes, int64_t now_us)
{
    if (rate->at_us == 0) {
        rate->at_us = now_us;
        rate->bytes = bytes;
        return;
    }
    int64_t elapsed_us = now_us - rate->at_us;
    if (elapsed_us < SAMPLE_US)
        return;
    double seconds = (double)elapsed_us / G_USEC_PER_SEC;
    double now = (double)MAX(bytes - rate->bytes, 0) / seconds;
    double keep = pow(0.5, seconds / HALF_LIFE_S);
    /* The weight makes the first samples count fully, instead of a climb from nought. */
    rate->per_second = (rate->per_second * rate->weight * keep + now * (1 - keep)) / (rate->weight * keep + 1 - keep);
    rate->weight = rate->weight * keep + 1 - keep;
    rate->at_us = now_us;
    rate->bytes = bytes;
}

int64_t rate_per_second(const struct rate *rate)
{
    return rate->weight > 0 ? (int64_t)rate->per_second : -1;
}

int64_t rate_seconds_left(const struct rate *rate, int64_t bytes_left)
{
    if (bytes_left <= 0)
        return 0;
    if (rate->weight <= 0 || rate->per_second < 1)
        return -1;
    double seconds = (double)bytes_left / rate->per_second;
    return seconds > SECONDS_MAX ? -1 : (int64_t)ceil(seconds);
}

/* ---- words ---- */

char *meter_duration(int64_t seconds)
{
    if (seconds < 60)
        return g_strdup_printf("%d s", (int)seconds);
    int64_t minutes = (seconds + 30) / 60;
    if (minutes < 60)
        return g_strdup_printf("%d min", (int)minutes);
    if (minutes >= 48 * 60)
        return g_strdup_printf("%d days", (int)(minutes / 1440));
    if (minutes % 60 == 0)
        return g_strdup_printf("%d h", (int)(minutes / 60));
    return g_strdup_printf("%d h %d min", (int)(minutes / 60), (int)(minutes % 60));
}

char *meter_count(int64_t n)
{
    g_autofree char *digits = g_strdup_printf("%" G_GINT64_FORMAT, n);
    size_t length = strlen(digits);
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0 && digits[i - 1] != '-')
            g_string_append_c(text, ',');
        g_string_append_c(text, digits[i]);
    }
    return g_string_free(text, FALSE);
}

char *meter_size(int64_t bytes)
{
    g_autofree char *text = text_size((guint64)MAX(bytes, 0));
    g_auto(GStrv) words = g_strsplit(text, "\u00a0", -1); /* what GLib puts before the unit */
    return g_strjoinv(" ", words);
}

/* "5.0 of 10.0 GB": the unit once where both have the same. */
static char *bytes_words(const struct meter_view *view, bool is_brief)
{
    g_autofree char *done = meter_size(view->bytes_done);
    g_autofree char *total = meter_size(view->bytes_total);
    char *unit = strchr(done, ' ');
    if (is_brief && unit && g_str_has_suffix(total, unit))
        *unit = '\0';
    return g_strdup_printf("%s of %s", done, total);
}

/* From all there is to say down to the count: what a narrower line does without. */
enum detail { DETAIL_ALL, DETAIL_BRIEF, DETAIL_NO_RATE, DETAIL_NO_BYTES, DETAIL_COUNT };

static char *working_words(const struct meter_view *view, enum detail detail)
{
    g_autofree char *done = meter_count(view->items_done);
    g_autofree char *total = meter_count(view->items_total);
    g_autofree char *bytes = bytes_words(view, detail > DETAIL_ALL);
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "%s of %s", done, total);
    if (detail < DETAIL_NO_BYTES)
        g_string_append_printf(text, ", %s", bytes);
    if (detail == DETAIL_COUNT)
        return g_string_free(text, FALSE);
    if (view->phase == METER_WAITING) {
        g_string_append(text, ", waiting for connection");
        return g_string_free(text, FALSE);
    }
    if (view->bytes_per_second > 0 && detail < DETAIL_NO_RATE) {
        g_autofree char *rate = meter_size(view->bytes_per_second);
        g_string_append_printf(text, ", %s/s", rate);
    }
    if (view->seconds_left > 0) {
        g_autofree char *left = meter_duration(view->seconds_left);
        g_string_append_printf(text, ", %s left", left);
    }
    return g_string_free(text, FALSE);
}

/* Cuts at the last comma that fits: whole statements or none. */
static void cut_words(char *text, size_t width)
{
    while (strlen(text) > width) {
        char *comma = strrchr(text, ',');
        while (comma && comma[1] != ' ') { /* one inside a number */
            *comma = '\0';
            char *before = strrchr(text, ',');
            *comma = ',';
            comma = before;
        }
        if (!comma)
            break;
        *comma = '\0';
    }
    if (strlen(text) > width)
        text[width] = '\0';
}

char *meter_line(const struct meter_view *view, size_t width)
{
    if (view->phase == METER_SCANNING) {
        g_autofree char *count = meter_count(view->items_done);
        char *text = g_strdup_printf("Looking for photos and videos: %s so far", count);
        cut_words(text, width);
        return text;
    }
    char *words = working_words(view, DETAIL_ALL);
    for (enum detail detail = DETAIL_BRIEF; detail <= DETAIL_COUNT && strlen(words) + BAR_MIN + 3 > width; detail++) {
        g_free(words);
        words = working_words(view, detail);
    }
    cut_words(words, width);
    size_t room = width - strlen(words);
    if (room < BAR_MIN + 3)
        return words;
    size_t bar = MIN(room - 3, BAR_MAX);
    double share = view->bytes_total > 0   ? (double)view->bytes_done / (double)view->bytes_total
                   : view->items_total > 0 ? (double)view->items_done / (double)view->items_total
                                           : 1;
    size_t full = (size_t)(CLAMP(share, 0, 1) * (double)bar);
    g_autofree char *filled = g_strnfill(full, '#');
    g_autofree char *empty = g_strnfill(bar - full, '-');
    char *line = g_strdup_printf("[%s%s] %s", filled, empty, words);
    g_free(words);
    return line;
}

/* ---- the meter ---- */

struct meter {
    GMutex lock; /* guards all below and standard error */
    GCond ended;
    struct meter_view view;
    struct rate rate;
    int64_t sent_bytes;
    int64_t drawn_us;
    bool is_quiet, is_terminal, is_ending;
    GThread *thread;
};

static size_t terminal_width(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 10)
        return size.ws_col - 1u; /* a full last column makes some terminals wrap */
    return DEFAULT_WIDTH - 1;
}

static void erase(const struct meter *meter)
{
    if (meter->is_terminal && !meter->is_quiet)
        fputs("\r\033[K", stderr);
}

static void refresh(struct meter *meter, int64_t now_us)
{
    rate_sample(&meter->rate, meter->sent_bytes, now_us);
    meter->view.bytes_per_second = rate_per_second(&meter->rate);
    meter->view.seconds_left = rate_seconds_left(&meter->rate, meter->view.bytes_total - meter->view.bytes_done);
    if (meter->is_quiet || now_us - meter->drawn_us < (meter->is_terminal ? DRAW_US : PLAIN_US))
        return;
    meter->drawn_us = now_us;
    g_autofree char *line = meter_line(&meter->view, meter->is_terminal ? terminal_width() : 200);
    if (meter->is_terminal)
        fprintf(stderr, "\r\033[K%s", line);
    else
        fprintf(stderr, "%s\n", line + (line[0] == '[' ? strcspn(line, "]") + 2 : 0));
    fflush(stderr);
}

static void *draw(void *data)
{
    struct meter *meter = data;
    g_mutex_lock(&meter->lock);
    while (!meter->is_ending) {
        int64_t now_us = g_get_monotonic_time();
        refresh(meter, now_us);
        g_cond_wait_until(&meter->ended, &meter->lock, now_us + DRAW_US);
    }
    g_mutex_unlock(&meter->lock);
    return NULL;
}

struct meter *meter_new(bool is_quiet)
{
    struct meter *meter = g_new0(struct meter, 1);
    g_mutex_init(&meter->lock);
    g_cond_init(&meter->ended);
    meter->is_quiet = is_quiet;
    meter->is_terminal = isatty(STDERR_FILENO);
    meter->drawn_us = g_get_monotonic_time(); /* no plain line before its time */
    meter->view.bytes_per_second = meter->view.seconds_left = -1;
    meter->thread = g_thread_new("meter", draw, meter);
    return meter;
}

void meter_free(struct meter *meter)
{
    if (!meter)
        return;
    g_mutex_lock(&meter->lock);
    meter->is_ending = true;
    g_cond_signal(&meter->ended);
    g_mutex_unlock(&meter->lock);
    g_thread_join(meter->thread);
    erase(meter);
    g_mutex_clear(&meter->lock);
    g_cond_clear(&meter->ended);
    g_free(meter);
}

void meter_phase(struct meter *meter, enum meter_phase phase)
{
    g_mutex_lock(&meter->lock);
    meter->view.phase = phase;
    g_mutex_unlock(&meter->lock);
}

void meter_total(struct meter *meter, int64_t items, int64_t bytes)
{
    g_mutex_lock(&meter->lock);
    meter->view.items_total = items;
    meter->view.bytes_total = bytes;
    g_mutex_unlock(&meter->lock);
}

void meter_add(struct meter *meter, int64_t items, int64_t bytes)
{
    g_mutex_lock(&meter->lock);
    meter->view.items_done += items;
    meter->view.bytes_done += bytes;
    g_mutex_unlock(&meter->lock);
}

void meter_sent(struct meter *meter, int64_t bytes)
{
    g_mutex_lock(&meter->lock);
    meter->sent_bytes += bytes;
    meter->view.bytes_done += bytes;
    if (bytes > 0 && meter->view.phase == METER_WAITING)
        meter->view.phase = METER_WORKING;
    g_mutex_unlock(&meter->lock);
}

struct meter_view meter_now(struct meter *meter)
{
    g_mutex_lock(&meter->lock);
    struct meter_view view = meter->view;
    g_mutex_unlock(&meter->lock);
    return view;
}

void meter_say(struct meter *meter, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_mutex_lock(&meter->lock);
    erase(meter);
    vprintf(format, args);
    putchar('\n');
    fflush(stdout);
    g_mutex_unlock(&meter->lock);
    va_end(args);
}
