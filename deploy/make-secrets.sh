#!/bin/sh
# Makes the secrets that docker-compose.yml mounts, each in a file of its own. What exists is kept, so it can be
# run again after a new secret was added to the list; to change one, see "Change a secret" in docs/operations.md.
#
#   deploy/make-secrets.sh [directory]      default: secrets, beside docker-compose.yml
#
# The directory is 0700 and keeps everybody else on the machine out. The files in it are 0444, because Compose
# mounts a file with the owner and mode it has on the machine, and every service runs as another user.
set -eu

directory=${1:-${SECRETS_DIR:-$(dirname "$0")/../secrets}}
umask 077
mkdir -p "$directory"
chmod 700 "$directory"
cd "$directory"

random() { od -An -v -tx1 -N32 /dev/urandom | tr -d ' \n'; }

# write NAME VALUE: nothing happens when the file is there; a crash leaves no half-written file behind
write() {
  if [ -s "$1" ]; then
    echo "kept  $1"
    return
  fi
  printf '%s\n' "$2" >"$1.new"
  chmod 444 "$1.new"
  mv "$1.new" "$1"
  echo "made  $1"
}

# pair HOLDER DERIVED: two files that carry one password are made together or not at all
pair() {
  if { [ -s "$1" ] && [ ! -s "$2" ]; } || { [ ! -s "$1" ] && [ -s "$2" ]; }; then
    echo "$directory holds only one of $1 and $2, which carry the same password." >&2
    echo "Restore the missing one from your backup, or remove both and set the password anew." >&2
    exit 1
  fi
}

pair postgres_password admin_database_url
pair valkey_users redis_url

password=$(random)
write postgres_password "$password"
write admin_database_url "postgresql://postgres:$password@postgres:5432/postgres"

write database_url "postgresql://trm:$(random)@postgres:5432/trm"

password=$(random)
write valkey_users "user default on nopass -@all +ping
user trm on >$password ~* &* +@all"
write redis_url "redis://trm:$password@valkey:6379"

for name in hook_secret directus_secret directus_admin_password directus_admin_token directus_service_token; do
  write "$name" "$(random)"
done
