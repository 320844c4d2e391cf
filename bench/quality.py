#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which codec High quality should write: at the SSIMULACRA 2 score of JPEG as it is written (quality 85, 4:2:0,
progressive), how long is the file of each other codec, and what processor time does it cost? docs/quality.md has a table.

    bench/quality.py [PHOTO…]      photos of any kind; default: some of the corpus

Each photo is scaled to MEGAPIXELS (4) first, so that its pixels are as sharp as those that High quality leaves. Needs the
programs heif-enc, heif-convert, avifenc, avifdec, cwebp, dwebp, cjxl, djxl and ffmpeg, and build/src/worker/bench_quality
(built here). Not part of `make bench`: it takes minutes."""
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOL = ROOT / "build/src/worker/bench_quality"
MEGAPIXELS = float(os.environ.get("MEGAPIXELS", "4"))
CORPUS = Path(os.environ.get("AMBROTYPE_CORPUS", ROOT.parent / "shared/corpus"))
DEFAULTS = ["formats/heic/IMG_2682.heic", "formats/motionphoto/samsung-one-ui-6.heic", "formats/avif/8bit-sRGB.avif"]


def run(*words):
    """Runs a command on one processor; its own processor time in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([str(w) for w in words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def score(a, b):
    return float(subprocess.run([TOOL, "score", a, b], check=True, capture_output=True, text=True).stdout)


class Codec:
    """encode(png, ppm, quality, out) and decode(file, ppm); quality rises with the size."""

    def __init__(self, name, suffix, low, high, encode, decode):
        self.name, self.suffix, self.low, self.high, self.encode, self.decode = name, suffix, low, high, encode, decode


def png_to_ppm(png, ppm):
    run("ffmpeg", "-v", "error", "-y", "-i", png, "-pix_fmt", "rgb24", ppm)


def through_png(*command):
    def decode(file, ppm):
        png = f"{ppm}.png"
        run(*command, file, png)
        png_to_ppm(png, ppm)
    return decode


def webp_decode(file, ppm):
    run("dwebp", "-quiet", "-ppm", file, "-o", ppm)


CODECS = [
    Codec("JPEG 4:2:0", "jpg", 50, 98, lambda png, ppm, q, out: run(TOOL, "jpeg", ppm, q, "420", out), lambda f, ppm: run(TOOL, "ppm", f, ppm)),
    Codec("JPEG 4:4:4", "jpg", 50, 98, lambda png, ppm, q, out: run(TOOL, "jpeg", ppm, q, "444", out), lambda f, ppm: run(TOOL, "ppm", f, ppm)),
    Codec("WebP (method 4)", "webp", 40, 100, lambda png, ppm, q, out: run("cwebp", "-quiet", "-m", "4", "-q", q, png, "-o", out), webp_decode),
    Codec("AVIF (aom, speed 8)", "avif", 0, 63,
          lambda png, ppm, q, out: run("avifenc", "-s", "8", "-j", "1", "-y", "420", "--min", 63 - q, "--max", 63 - q, png, out), through_png("avifdec", "-j", "1")),
    Codec("HEIC (x265)", "heic", 30, 95, lambda png, ppm, q, out: run("heif-enc", "-q", q, png, "-o", out), through_png("heif-convert", "-q", "100")),
    Codec("JPEG XL (effort 4)", "jxl", 40, 99, lambda png, ppm, q, out: run("cjxl", "--num_threads=0", "-e", "4", "-q", q, png, out), lambda f, ppm: run("djxl", "--num_threads=0", f, ppm)),
]


def prepare(photo, folder):
    """The photo as PNG and PPM of the wanted size."""
    png, ppm = folder / "source.png", folder / "source.ppm"
    if photo.suffix in (".heic", ".heif"):
        run("heif-convert", "-q", "100", photo, folder / "whole.png")
    elif photo.suffix == ".avif":
        run("avifdec", photo, folder / "whole.png")
    else:
        run("ffmpeg", "-v", "error", "-y", "-i", photo, folder / "whole.png")
    scale = f"scale=w='trunc(iw*min(1,sqrt({MEGAPIXELS}e6/(iw*ih)))/2)*2':h=-2:flags=lanczos"
    run("ffmpeg", "-v", "error", "-y", "-i", folder / "whole.png", "-vf", scale, "-pix_fmt", "rgb24", png)
    png_to_ppm(png, ppm)
    return png, ppm


def measure(codec, png, ppm, quality, folder):
    file, back = folder / f"coded.{codec.suffix}", folder / "back.ppm"
    seconds = codec.encode(png, ppm, quality, file)
    codec.decode(file, back)
    return file.stat().st_size, seconds, score(ppm, back)


def at_score(codec, wanted, png, ppm, folder):
    """The smallest file of @codec that is at least as good as @wanted: (bytes, seconds, score, quality)."""
    low, high, best = codec.low, codec.high, None
    while low <= high:
        middle = (low + high) // 2
        size, seconds, got = measure(codec, png, ppm, middle, folder)
        if got >= wanted:
            best, high = (size, seconds, got, middle), middle - 1
        else:
            low = middle + 1
    return best


def check_measure(ppm, folder):
    """The measure itself: the same is 100, and more noise is never better."""
    scores = [score(ppm, ppm)]
    for steps in (1, 2, 4, 8, 16, 32):
        run(TOOL, "noise", ppm, steps, folder / "noisy.ppm")
        scores.append(score(ppm, folder / "noisy.ppm"))
    if scores[0] < 99.999 or any(a <= b for a, b in zip(scores, scores[1:])):
        sys.exit(f"the measure is not monotone: {scores}")
    print("  noise of 0, 1, 2, 4, 8, 16, 32 steps: " + ", ".join(f"{s:.1f}" for s in scores))


def main():
    photos = [Path(p) for p in sys.argv[1:]] or [CORPUS / p for p in DEFAULTS]
    subprocess.run(["ninja", "-C", ROOT / "build", "--quiet", "src/worker/bench_quality"], check=True)
    for photo in photos:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            png, ppm = prepare(photo, folder)
            size, seconds, wanted = measure(CODECS[0], png, ppm, 85, folder)
            print(f"{photo.name}: JPEG quality 85, 4:2:0 has {size / 1000:.0f} kB, {seconds:.2f} s, score {wanted:.1f}")
            check_measure(ppm, folder)
            for codec in CODECS[1:]:
                best = at_score(codec, wanted, png, ppm, folder)
                if best:
                    print(f"  {codec.name:20} {best[0] / size * 100:4.0f} %  {best[1] / seconds:6.1f}× the time  (quality {best[3]}, score {best[2]:.1f})", flush=True)
                else:
                    print(f"  {codec.name:20} does not reach this score")


if __name__ == "__main__":
    main()
