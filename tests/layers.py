#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of the house that no compiler makes. Prints TAP.

tests/layers.py [BUILD_DIR]   with a build folder also looks at what the programs there are linked with
"""
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Which rooms (folders of src/) the files of a room may include: docs/architecture.md says why.
MAY_USE = {
    "base": [],
    "db": ["base"],
    "store": ["base"],
    "http": ["base"],
    "zip": ["base"],
    "catalog": ["base", "db", "store"],
    "jobs": ["base", "db", "store"],
    "media": ["base", "db", "jobs", "store", "catalog"],
    "ingest": ["base", "db", "store", "catalog", "jobs"],
    "search": ["base", "db", "catalog"],
    "api": ["base", "db", "store", "http", "zip", "catalog", "jobs", "media", "ingest", "search"],
    "worker": ["base"],
    "client": ["base", "db"],
    "cli": ["base", "db", "store", "http", "catalog", "jobs", "media", "ingest", "api", "client"],
}
# Single headers of rooms that are closed otherwise.
MAY_ALSO_INCLUDE = {"client": ["media/protocol.h", "media/reduce_words.h", "media/worker_process.h"],
                    "worker": ["media/protocol.h"]}

# Decoders of media belong into ambrotype-media and ambrotype-video alone.
CODEC_LIBRARIES = re.compile(
    r"lib(turbojpeg|jpeg|png|webp\w*|sharpyuv|heif|de265|avif|dav1d|jxl|tiff|gif|raw|exiv2|gexiv2|lcms2|swscale|av\w+)\b")

LINKING = [
    ("ambrotype", CODEC_LIBRARIES, "media is decoded by ambrotype-media and ambrotype-video alone"),
    ("ambrotype-media", re.compile(r"lib(avformat|avcodec|avfilter|avdevice|swresample|x264|x265)\b"),
     "what videos need would double the memory of a worker that opens photos"),
]

BANNED = {
    "strcpy": "g_strlcpy or GString", "strcat": "GString", "strncpy": "memcpy with a checked size", "strncat": "GString",
    "sprintf": "g_strdup_printf", "vsprintf": "g_strdup_vprintf", "gets": "fgets", "strtok": "g_strsplit",
    "atoi": "g_ascii_string_to_signed", "atol": "g_ascii_string_to_signed", "atoll": "g_ascii_string_to_signed",
    "atof": "g_ascii_strtod", "system": "posix_spawn", "popen": "posix_spawn", "tmpnam": "mkstemp", "mktemp": "mkstemp",
    "alloca": "g_malloc", "rand": "base/id.h", "asctime": "base/time", "ctime": "base/time", "gmtime": "gmtime_r",
    "localtime": "localtime_r",
}
BANNED_CALL = re.compile(r"(?<![\w.>])(" + "|".join(BANNED) + r")\s*\(")

# Files that can carry the licence line, by the end of their name.
LICENSED = (".c", ".h", ".py", ".mjs", ".js", ".ts", ".svelte", ".css", ".html", ".sql", ".sh", ".build", "Makefile")
LICENSE_LINE = "SPDX-License-Identifier: GPL-3.0-or-later"

# What the web page names as an address must not be asked for: all of it is served by the program itself.
WEB_URL = re.compile(r"https?://([\w.-]+)")
WEB_NAMES = {"www.w3.org", "example.org", "photos.example.org", "localhost", "127.0.0.1",
             "www.openstreetmap.org"}  # a link that a person may follow; nothing is loaded from there

HOME_PATH = re.compile(r"(?<![\w~.])/(home|root|Users)/\w")

COMMENT_OR_STRING = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def tracked_files():
    listing = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                             capture_output=True, check=False)
    if listing.returncode == 0:
        names = [name for name in listing.stdout.decode().split("\0") if name]
    else:  # an unpacked archive
        ours = ("src", "web", "tests", "fuzz", "bench", "docs", "packaging")
        names = [str(path.relative_to(ROOT)) for room in ours for path in (ROOT / room).rglob("*")
                 if not {"node_modules", "dist"} & set(path.parts)]
    return sorted(path for path in (ROOT / name for name in names) if path.is_file())


def text_of(path):
    return path.read_text(encoding="utf-8", errors="replace")


def code_only(text):
    """Without comments and the inside of literals, every line where it was."""
    def blank(match):
        found = match.group(0)
        return ('""' if found[0] in "\"'" else " ") + "\n" * found.count("\n")
    return COMMENT_OR_STRING.sub(blank, text)


def matches(files, pattern, text_from=text_of):
    for path in files:
        for number, line in enumerate(text_from(path).split("\n"), 1):
            for match in pattern.finditer(line):
                yield f"{path.relative_to(ROOT)}:{number}", match


def check_includes(files):
    include = re.compile(r'^\s*#\s*include\s+"([^"]+)"')
    for where, match in matches([f for f in files if f.suffix in (".c", ".h") and f.parts[-3] == "src"], include):
        room, header = where.split("/")[1], match.group(1)
        target = header.split("/")[0] if "/" in header else room
        allowed = [room, *MAY_USE.get(room, [])]
        if room not in MAY_USE:
            yield f"{where}: room {room} is not in the table of tests/layers.py"
        elif target in MAY_USE and target not in allowed and header not in MAY_ALSO_INCLUDE.get(room, []):
            yield f"{where}: {room} may not use {target} ({header})"


def check_banned(files):
    sources = [f for f in files if f.suffix in (".c", ".h")]
    for where, match in matches(sources, BANNED_CALL, lambda path: code_only(text_of(path))):
        yield f"{where}: {match.group(1)}() is banned here; use {BANNED[match.group(1)]}"


def check_sql_stays_home(files):
    """No SQL above the rooms that own tables: the API asks the domain."""
    sql = re.compile(r'"\s*(SELECT|INSERT|UPDATE|DELETE FROM|CREATE TABLE)\s')
    outside = [f for f in files if f.suffix == ".c" and f.parts[-2] in ("api", "http", "cli", "worker")
               and not f.name.startswith("test_")]
    for where, _ in matches(outside, sql):
        yield f"{where}: SQL belongs into the room that owns the table"


def check_queries_are_declared(files):
    """What is read of a query stands in a table (call_query()), which the API's document is made of."""
    sources = [f for f in files if f.suffix == ".c" and f.parts[-2] == "api" and f.name not in ("api.c", "call_query.c")]
    for where, _ in matches(sources, re.compile(r"\bhttp_query(_nth)?\("), lambda path: code_only(text_of(path))):
        yield f"{where}: queries are read by call_query() and a table of fields"


def check_license(files):
    for path in files:
        if not path.name.endswith(LICENSED):
            continue
        if LICENSE_LINE not in "\n".join(text_of(path).split("\n", 3)[:3]):
            yield f"{path.relative_to(ROOT)}: its first lines lack \"{LICENSE_LINE}\""


def check_addresses(files):
    web = [f for f in files if f.is_relative_to(ROOT / "web") and f.suffix in (".ts", ".svelte", ".html", ".css", ".js")]
    for where, match in matches(web, WEB_URL):
        if match.group(1) not in WEB_NAMES:
            yield f"{where}: the page names {match.group(0)}; it must not ask other machines"
    for where, _ in matches([f for f in files if f.name == "package-lock.json"], re.compile(r'"resolved"')):
        yield f"{where}: lock files pin by integrity, not by the address of one registry"


def check_home_paths(files):
    """Tests may make such names up."""
    sources = [f for f in files if f.suffix in (".c", ".h", ".py", ".ts", ".svelte", ".build", ".json", "")
               and "test" not in str(f.relative_to(ROOT))]
    for where, match in matches(sources, HOME_PATH):
        yield f"{where}: a path of somebody's own machine ({match.group(0)}…)"


def check_linking(build):
    for name, forbidden, why in LINKING:
        program = build / name
        dynamic = subprocess.run(["readelf", "--dynamic", "--wide", program], capture_output=True, text=True, check=True).stdout
        for library in re.findall(r"\(NEEDED\).*\[(.+)\]", dynamic):
            if forbidden.match(library):
                yield f"{program} is linked with {library}; {why}"


def main():
    files = tracked_files()
    checks = [
        ("rooms include only what stands below them", check_includes(files)),
        ("no banned function is called", check_banned(files)),
        ("what is read of a query is declared", check_queries_are_declared(files)),
        ("SQL stays in the rooms that own tables", check_sql_stays_home(files)),
        ("every file says its licence", check_license(files)),
        ("nothing is fetched from addresses of others", check_addresses(files)),
        ("no path of somebody's own machine", check_home_paths(files)),
    ]
    if len(sys.argv) > 1:
        checks.append(("programs are linked with no library that they must not have", check_linking(Path(sys.argv[1]))))
    failures = 0
    for number, (name, problems) in enumerate(checks, 1):
        problems = list(problems)
        failures += bool(problems)
        print(f"{'not ok' if problems else 'ok'} {number} {name}")
        for problem in problems:
            print(f"# {problem}")
    print(f"1..{len(checks)}")
    return 1 if failures else 0


sys.exit(main())
