/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * High dynamic range and wide colour of moving pictures made ordinary: the curve of hdr.h as a table over luma and
 * chroma, so that a frame of 1080p costs some 20 ms and not half a second. The brightest light is a fixed one for the
 * whole video, since a curve that follows each frame would pump. Threads: one. */
#pragma once

#include <libavutil/frame.h>

struct tone;

/** For frames of AV_PIX_FMT_YUV420P10 in limited range with these code points (ISO/IEC 23091-2). @peak_nits: the
 *  brightest light that the file announces, or 0. */
struct tone *tone_new(unsigned primaries, unsigned transfer, unsigned matrix, unsigned peak_nits);
void tone_free(struct tone *tone);

/** @from → @to, a frame of AV_PIX_FMT_YUV420P of the same size: BT.709, limited range. */
void tone_apply(const struct tone *tone, const AVFrame *from, AVFrame *to);
