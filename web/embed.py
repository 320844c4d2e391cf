#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the built web page into a C file, for the server to carry: embed.py DIST_DIR OUT.c [DEPFILE]

The C file defines what src/api/web.h declares. Bytes come in as string literals: compilers read those many times faster
than lists of numbers, and unlike .incbin they need no word about the assembler. DEPFILE lists what was read, for ninja.
"""
import gzip
import hashlib
import sys
from pathlib import Path

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/vnd.microsoft.icon",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
LINE = 64


def fail(message):
    sys.exit(f"web/embed.py: {message}")


def literal(data):
    """The bytes as C string literals. Three octal digits each, so that no byte runs into the next."""
    lines = []
    for at in range(0, len(data), LINE):
        lines.append('    "' + "".join(f"\\{byte:03o}" for byte in data[at:at + LINE]) + '"')
    return "\n".join(lines)


def embed(dist, path, number, out):
    """Writes the arrays of one file; the text of its row in the table."""
    kind = TYPES.get(path.suffix)
    if kind is None:
        fail(f"{path} is of a kind that has no media type here; add it to TYPES")
    data = path.read_bytes()
    name = "/" + path.relative_to(dist).as_posix()
    if not data or not name.isascii() or '"' in name or "\\" in name:
        fail(f"{path} is empty or has a name that cannot be served")
    out.append(f"static const unsigned char bytes_{number}[] =\n{literal(data)};\n")
    # The same bytes for the same page: no name and no time in the header.
    packed = gzip.compress(data, 9, mtime=0)
    has_packed = len(packed) < len(data) * 0.9
    if has_packed:
        out.append(f"static const unsigned char gzip_{number}[] =\n{literal(packed)};\n")
    etag = hashlib.sha256(data).hexdigest()[:32]
    immutable = "true" if name.startswith("/assets/") else "false"
    packed_fields = f"gzip_{number}, {len(packed)}" if has_packed else "NULL, 0"
    return f'    {{"{name}", "{kind}", "{etag}", {immutable}, bytes_{number}, {len(data)}, {packed_fields}}},'


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    dist, target = Path(sys.argv[1]), Path(sys.argv[2])
    if not (dist / "index.html").is_file():
        fail(f"there is no web page in {dist}. `make build` builds it before the programs; alone: npm ci && npm run build in web/.")
    files = sorted((path for path in dist.rglob("*") if path.is_file()), key=lambda path: path.relative_to(dist).as_posix())

    out = ["/* SPDX-License-Identifier: GPL-3.0-or-later\n *\n * Made by web/embed.py from the built web page. Not to be edited. */",
           '#include "api/web.h"\n']
    rows = [embed(dist, path, number, out) for number, path in enumerate(files)]
    out.append("const struct web_file web_files[] = {")
    out += rows
    out.append(f"}};\nconst size_t web_n_files = {len(rows)};\n")
    target.write_text("\n".join(out), encoding="ascii")

    if len(sys.argv) == 4:
        read = " ".join(str(path).replace(" ", "\\ ") for path in files)
        Path(sys.argv[3]).write_text(f"{target}: {read}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
