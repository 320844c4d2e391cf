/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Colours that a file states by code points (ISO/IEC 23091-2) and no profile: wide primaries, and the transfer
 * functions of high dynamic range (SMPTE ST 2084 "PQ", ARIB STD-B67 "HLG"), which are tone-mapped to sRGB so that
 * everything up to the white of paper stays as it is and only what is brighter is drawn in. Threads: one. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hdr;

/** Do these code points say sRGB, or something that is shown as such (BT.709, BT.601, nothing)? */
bool hdr_is_srgb(unsigned primaries, unsigned transfer);

struct hdr *hdr_new(unsigned primaries, unsigned transfer);
void hdr_free(struct hdr *hdr);

/** Is it brighter than paper white (PQ, HLG), so that hdr_measure_row() must see all rows first? */
bool hdr_is_bright(const struct hdr *hdr);
void hdr_measure_row(struct hdr *hdr, const float *rgb, unsigned width_px);

/** A row of RGB values 0…1 as coded → sRGB bytes. */
void hdr_row(const struct hdr *hdr, const float *rgb, unsigned width_px, uint8_t *ret_rgb);
