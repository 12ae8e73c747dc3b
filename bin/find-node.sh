# Sourced with $home: sets $node to Node.js 24 or later, the package's own or the system's.
node=$home/node_modules/node/bin/node
if [ ! -x "$node" ]; then
  node=$(command -v node || :)
  version=$([ -z "$node" ] || "$node" --version)
  major=${version#v}
  major=${major%%.*}
  if [ "${major:-0}" -lt 24 ]; then
    echo "${0##*/}: needs Node.js 24 or later; found ${version:-none}. 'npm install' brings one along." >&2
    exit 1
  fi
fi

# program PATH: a module of this program, as its source or as a package holds it.
program() {
  if [ -e "$home/$1.ts" ]; then echo "$home/$1.ts"; else echo "$home/$1.js"; fi
}
