#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the migrations, files named NNNN_name.sql, as a C array of struct db_migration.

Usage: embed_sql.py OUTPUT FILE..."""
import pathlib
import re
import sys


def c_string(text):
    lines = [line.replace("\\", "\\\\").replace('"', '\\"') for line in text.splitlines()]
    return "\n".join(f'     "{line}\\n"' for line in lines)


def main():
    output, *files = sys.argv[1:]
    rows = []
    numbers = set()
    for path in sorted(map(pathlib.Path, files), key=lambda p: p.name):
        match = re.fullmatch(r"(\d{4})_(\w+)", path.stem)
        if not match or int(match[1]) in numbers:
            sys.exit(f"{path}: expected NNNN_name.sql with a number of its own")
        number = int(match[1])
        numbers.add(number)
        rows.append(f'    {{{number}, "{match[2]}",\n{c_string(path.read_text(encoding="utf-8"))}}},\n')
    pathlib.Path(output).write_text(
        "/* Made by embed_sql.py. */\n#include \"catalog/migrations.h\"\n\n"
        f"const struct db_migration catalog_migrations[] = {{\n{''.join(rows)}}};\n"
        f"const size_t catalog_n_migrations = {len(rows)};\n", encoding="utf-8")


main()
