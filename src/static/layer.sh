#!/bin/sh
# Packs a static program as a layer: bin/parmap in a zip that is the same each time.
#
#	layer.sh ZIP PROGRAM
set -eu
zip=$1
program=$2

rm -f "$zip"
if [ ! -s "$program" ]; then
	echo "$zip: not packed, there is no $program"
	exit 0
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
install -d -m 755 "$folder/bin"
install -m 755 "$program" "$folder/bin/parmap"
touch -d @315532800 "$folder/bin/parmap" "$folder/bin"
(cd "$folder" && TZ=UTC zip -q -X -9 layer.zip bin bin/parmap)
mv "$folder/layer.zip" "$zip"
echo "$zip: $(wc -c <"$zip") bytes"
