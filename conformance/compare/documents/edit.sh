#!/bin/sh
# An editor that renames a description and adds to an element.
sed -i -e "s/description/account/; s/<note[^>]*>/&edited /" "$1"
