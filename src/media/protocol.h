/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the server and a media worker say to each other over a stream socket pair: length-prefixed frames, never lines.
 *
 *   frame   = u32 payload length · u16 kind · u16 zero · u32 job id · payload      (all little-endian)
 *   payload = any number of fields: u16 tag · u16 zero · u32 length · bytes
 *
 * Numbers are 8 bytes: int64 (two's complement) or IEEE 754 double. A receiver skips tags it does not know, so that a
 * field can be added on one side first; the meaning of a tag never changes and a number is never used twice. What must
 * not be skipped is announced by PROTOCOL_VERSION in the hello, which both sides compare.
 * Descriptors travel with the first byte of a frame (SCM_RIGHTS), in the order that the request's kind fixes.
 *
 * Neither side trusts the other: each length has a limit, each number a range, each text must be UTF-8 without control
 * characters, and a frame that breaks one is refused as a whole (ERR_CORRUPT). The table in protocol.c says which.
 *
 * Conversation: the worker says HELLO once it has locked itself in; then REQUEST → any number of PROGRESS → REPLY, one
 * job at a time. The server ends a worker by closing the socket.
 *
 * Used by src/media (server) and src/worker. Threads: any; a channel by one at a time. */
#pragma once

#include <glib.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PROTOCOL_VERSION = 1, PROTOCOL_HEADER_SIZE = 12, PROTOCOL_MAX_PAYLOAD = 256 << 10, PROTOCOL_MAX_FDS = 8 };

/** The descriptor of the socket in a worker. */
enum { PROTOCOL_WORKER_FD = 3 };

enum protocol_kind {
    PROTOCOL_HELLO = 1,
    PROTOCOL_REQUEST = 2,
    PROTOCOL_REPLY = 3,
    PROTOCOL_PROGRESS = 4, /* work that takes long says that it lives; photos send none */
};

/* ---- what is said ---- */

/** Restrictions of a worker, as bits of protocol_hello.confinement. */
enum protocol_confinement {
    CONFINED_SECCOMP = 1 << 0,
    CONFINED_LANDLOCK = 1 << 1,
    CONFINED_MEMORY = 1 << 2,
    CONFINED_LIMITS = 1 << 3, /* file size, descriptors, no core file */
    CONFINED_NO_NEW_PRIVILEGES = 1 << 4,
    CONFINED_RELAXED = 1 << 5, /* a sanitizer build: what the sanitizer cannot live with is off */
};

struct protocol_hello {
    int64_t version;
    int64_t confinement;  /* bits */
    int64_t landlock_abi; /* 0: the kernel has none */
    char *program;        /* "ambrotype-media 0.1.0" */
    char *formats;        /* MIME types that this build can show, separated by commas; NULL: not told */
};

/** What a worker can be asked for. Descriptors of MEDIA_JOB_PHOTO and MEDIA_JOB_VIDEO: the file (read only), the
 *  thumbnail and the preview (both empty, written from their start). Of MEDIA_JOB_CONVERT: the file (read only), and
 * the empty file that becomes an H.264 and AAC MP4 (read and write). Of MEDIA_JOB_REDUCE_PHOTO: the file (read only),
 * and the empty one that becomes the smaller photo. Of MEDIA_JOB_PACK (JPEG to JPEG XL) and MEDIA_JOB_UNPACK (back):
 * the file (read only), and the empty one that becomes the other. Of MEDIA_JOB_PORTRAIT: the file (read only), and the
 * empty one that becomes a small square JPEG. */
enum media_job {
    MEDIA_JOB_PHOTO = 1,
    MEDIA_JOB_VIDEO = 2,
    MEDIA_JOB_CONVERT = 3,
    MEDIA_JOB_REDUCE_PHOTO = 4,
    MEDIA_JOB_PACK = 5,
    MEDIA_JOB_UNPACK = 6,
    MEDIA_JOB_PORTRAIT = 7,
};
enum {
    MEDIA_PHOTO_FDS = 3,
    MEDIA_VIDEO_FDS = 3,
    MEDIA_CONVERT_FDS = 2,
    MEDIA_REDUCE_FDS = 2,
    MEDIA_PACK_FDS = 2,
    MEDIA_PORTRAIT_FDS = 2,
};
/** The longest JPEG that is packed: as long as the files that the worker may write. */
enum { MEDIA_PACK_MAX_BYTES = 64 << 20 };

struct media_request {
    int64_t job;     /* enum media_job */
    char *file_name; /* a hint for messages only; what a file is, its bytes say */
    int64_t size_bytes;
    int64_t max_pixels; /* larger pictures are refused before they are decoded */
    int64_t cpu_s;      /* the worker's processor time for this job */
    int64_t sidecar;    /* 1: the last descriptor, beyond those of the job, is an XMP file to be read over its facts */
    /* Of the jobs on videos; 0 and MEDIA_NO_INT: not said. */
    int64_t stretch_offset, stretch_bytes; /* the video is this part of the file (a motion photo's) */
    int64_t convert_short_px;              /* the result at most so large; default 1080 */
    int64_t convert_long_px;               /* default 1920 */
    int64_t convert_crf;                   /* x264's constant rate factor; default 23 */
    int64_t convert_bit_rate; /* bits a second: above, a fitting stream is not copied; default 20,000,000 */
    int64_t convert_always;   /* 1: the picture is encoded anew in any case */
    int64_t convert_metadata; /* 1: date, place, camera and Live Photo identifier go into the result */
    int64_t convert_threads;  /* default 1 */
    int64_t reduce_pixels;    /* of MEDIA_JOB_REDUCE_PHOTO: scale down to this many */
};

enum media_outcome {
    MEDIA_OK = 1,
    MEDIA_DAMAGED = 2,     /* as OK, but part of the picture is missing: the reason says what */
    MEDIA_UNSUPPORTED = 3, /* a kind of file that this build makes no pictures of */
    MEDIA_BROKEN = 4,      /* it claims to be such a file but cannot be read */
    MEDIA_TOO_LARGE = 5,   /* more pixels or memory than the limits allow */
    MEDIA_FAULT = 6,       /* the worker's own trouble (an output could not be written): worth another try */
};

/** Why MEDIA_JOB_REDUCE_PHOTO made nothing; the reply's reason is the sentence. */
enum media_kept {
    MEDIA_KEPT_SMALL = 1,   /* it has no more pixels than wanted (no sentence) */
    MEDIA_KEPT_KIND = 2,    /* files of this kind are not made smaller */
    MEDIA_KEPT_PARTS = 3,   /* it holds what would be lost */
    MEDIA_KEPT_NO_GAIN = 4, /* it would not become a tenth smaller */
    MEDIA_KEPT_DAMAGED = 5,
    MEDIA_KEPT_N
};

/** Where the capture time was found. The full rule and its order: worker/capture_time.c; numbers are for ever. */
enum media_date_source {
    MEDIA_DATE_NONE = 0,
    MEDIA_DATE_EXIF_ORIGINAL = 1,
    MEDIA_DATE_XMP_ORIGINAL = 2,
    MEDIA_DATE_EXIF_DIGITIZED = 3,
    MEDIA_DATE_XMP_CREATED = 4,
    MEDIA_DATE_XMP_PHOTOSHOP = 5,
    MEDIA_DATE_IPTC = 6,
    MEDIA_DATE_GPS = 7,             /* local_us is UTC */
    MEDIA_DATE_CONTAINER_ZONED = 8, /* of a video, local time with zone: com.apple.quicktime.creationdate, some ©day */
    MEDIA_DATE_CONTAINER_LOCAL = 9, /* of a video, local time without zone: ©day, IDIT of AVI */
    MEDIA_DATE_CONTAINER_UTC =
        10,                  /* of a video, an instant: mvhd creation_time, DateUTC of Matroska; local_us is UTC */
    MEDIA_DATE_SIDECAR = 11, /* any date of the XMP file beside it */
    MEDIA_DATE_N
};

/** Where the offset of the local time from UTC was found. */
enum media_zone_source {
    MEDIA_ZONE_NONE = 0, /* not known */
    MEDIA_ZONE_TAG = 1,  /* OffsetTime*, or written with the date */
    MEDIA_ZONE_GPS = 2,  /* the difference between the local time and the GPS clock */
    MEDIA_ZONE_UTC = 3,  /* the date is written in UTC (offset_min is 0); the zone of the place is not known */
    MEDIA_ZONE_N
};

/** What became of the XMP file beside it; not said where none was handed over. */
enum media_sidecar { MEDIA_SIDECAR_READ = 1, MEDIA_SIDECAR_UNREADABLE = 2 };

/** A number that is not there. */
#define MEDIA_NO_INT INT64_MIN
#define MEDIA_NO_DOUBLE ((double)NAN)

enum { MEDIA_THUMBHASH_MAX = 25 };

/** What was found out about a file. Texts may be NULL, integers MEDIA_NO_INT, doubles NAN. */
struct media_reply {
    int64_t outcome; /* enum media_outcome */
    char *reason;    /* a sentence for people, unless MEDIA_OK */
    char *mime;      /* by content: "image/heic"; NULL where it is nothing known */
    char *make, *model, *lens, *description;
    char *exposure_time;                 /* "1/125", "2.5": seconds */
    char *projection;                    /* "EQUIRECTANGULAR" */
    char *profile;                       /* name of the colour profile */
    char *content_id;                    /* pairs the halves of a Live Photo */
    int64_t raw_width_px, raw_height_px; /* as stored, before orientation */
    int64_t width_px, height_px;         /* as shown */
    int64_t orientation;                 /* EXIF number 1…8, as written in the file */
    int64_t frames;                      /* more than 1: an animation */
    int64_t has_gain_map;                /* 1: beside the picture lies one that makes it brighter */
    int64_t local_us;                    /* capture, the camera's wall clock as if it were UTC */
    int64_t date_source;                 /* enum media_date_source */
    int64_t offset_min;                  /* of the local time, east of UTC */
    int64_t zone_source;                 /* enum media_zone_source */
    int64_t modified_us;                 /* when the file says it was last edited, local */
    int64_t iso;
    int64_t rating; /* -1 (rejected) … 5 */
    char *keywords; /* one a line; the parts of a path are divided by "|" */
    char *faces;    /* one a line, "x y width height name": left upper corner and size as parts (0 … 1) of the upright
                     * picture; the name may be empty */
    char *burst_id; /* the same for all pictures of a burst */
    int64_t focal_35mm;
    int64_t sidecar; /* enum media_sidecar */
    double latitude, longitude, altitude_m;
    double f_number, focal_length_mm;
    int64_t thumbnail_bytes, thumbnail_width_px, thumbnail_height_px;
    int64_t preview_bytes, preview_width_px, preview_height_px;
    GBytes *thumbhash;                   /* at most MEDIA_THUMBHASH_MAX bytes */
    int64_t motion_offset, motion_bytes; /* the video inside of a motion photo's file */
    int64_t cpu_us;                      /* what the job cost */
    int64_t peak_memory_bytes;           /* highest resident size of the worker so far */

    /* Of videos. */
    int64_t duration_ms;
    double fps;
    char *video_codec, *audio_codec; /* "h264", "aac"; NULL: it has none */
    int64_t is_playable;             /* 1: browsers play it as it is; 0: a conversion is needed */
    int64_t bit_rate;                /* of the whole file, bits a second */
    int64_t output_bytes;            /* of the jobs that make one file: its size */
    int64_t output_width_px, output_height_px;
    int64_t is_copied; /* 1: the picture was copied, not encoded anew */
    int64_t kept;      /* enum media_kept, of MEDIA_JOB_REDUCE_PHOTO; all else is said of the file as it came */
};

struct media_progress {
    int64_t done_permille;
};

void protocol_hello_clear(struct protocol_hello *hello);
void media_request_clear(struct media_request *request);
/** All "not there". */
void media_reply_init(struct media_reply *reply);
void media_reply_clear(struct media_reply *reply);

/** Do two replies tell the same of a photo in all that making it smaller must not change: dates, place, camera, words,
 *  identifiers? NULL, or the tag of the first field that differs ("field 18"); free with g_free(). */
char *media_reply_difference(const struct media_reply *a, const struct media_reply *b);

/* ---- as bytes ---- */

/** Payloads; free with g_byte_array_unref(). What is out of its range is a bug of the caller and is left out. */
GByteArray *protocol_hello_write(const struct protocol_hello *hello);
GByteArray *media_request_write(const struct media_request *request);
GByteArray *media_reply_write(const struct media_reply *reply);
GByteArray *media_progress_write(const struct media_progress *progress);

/** Read a payload. ERR_CORRUPT, output untouched, where a field breaks its limits or a required one is missing.
 *  Clear the output with its _clear(). */
bool protocol_hello_read(const void *bytes, size_t size, struct protocol_hello *ret_hello, GError **error);
bool media_request_read(const void *bytes, size_t size, struct media_request *ret_request, GError **error);
bool media_reply_read(const void *bytes, size_t size, struct media_reply *ret_reply, GError **error);
bool media_progress_read(const void *bytes, size_t size, struct media_progress *ret_progress, GError **error);

/* ---- over a socket ---- */

struct protocol_frame {
    enum protocol_kind kind;
    uint32_t job_id;
    GByteArray *payload;
    int fds[PROTOCOL_MAX_FDS]; /* the first n_fds are open and owned by the frame */
    unsigned n_fds;
};

/** Sends one frame; descriptors stay the caller's. Blocks until it is out. ERR_WORKER_DIED where the other side is
 *  gone, ERR_LIMIT for a payload above PROTOCOL_MAX_PAYLOAD. */
bool protocol_send(int socket, enum protocol_kind kind, uint32_t job_id, const GByteArray *payload, const int *fds,
                   unsigned n_fds, GError **error);

/** Receives one frame, waiting until the monotonic time @deadline_us (g_get_monotonic_time(); negative: for ever).
 *  ERR_TIMEOUT then, ERR_WORKER_DIED at the end of the stream, ERR_CORRUPT for nonsense. Descriptors come
 * close-on-exec. Clear with protocol_frame_clear(). */
bool protocol_receive(int socket, int64_t deadline_us, struct protocol_frame *ret_frame, GError **error);
void protocol_frame_clear(struct protocol_frame *frame);
