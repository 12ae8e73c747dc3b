#!/usr/bin/python3
"""shift-ids.py TREE OFFSET: adds OFFSET to the owner and group of everything in TREE, as a container with an idmap needs."""
import os
import stat
import sys

tree, offset = sys.argv[1], int(sys.argv[2])


def shift(path):
    before = os.lstat(path)
    os.lchown(path, before.st_uid + offset, before.st_gid + offset)
    if not stat.S_ISLNK(before.st_mode):
        os.chmod(path, stat.S_IMODE(before.st_mode))  # a change of owner takes set-user-id bits away


for directory, _, files in os.walk(tree):
    # Links to directories are among the directories that os.walk names: each is shifted by its own parent.
    for name in files:
        shift(os.path.join(directory, name))
    shift(directory)
    for entry in os.scandir(directory):
        if entry.is_symlink() and entry.is_dir():
            shift(entry.path)
