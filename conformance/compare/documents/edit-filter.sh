#!/bin/sh
# An editor that drops what was accepted.
sed -i -e "s/accept/drop/" "$1"
