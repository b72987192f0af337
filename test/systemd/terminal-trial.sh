# Run inside the machine of machine.sh, as root: the steps of systemd/README.md from the secrets on, with the real
# command, then a terminal that is hung and stopped. Everything it learns goes to /mnt.
set -euo pipefail

field() { node -e 'const path = process.argv[1].split("."); let value = JSON.parse(require("node:fs").readFileSync(0));
  for (const name of path) value = value[name]; console.log(value)' "$1"; }

rm /etc/wasl/credentials/*
key=$(wasl terminal keygen --secrets /etc/wasl/credentials --json | field publicKey)
wasl authority init /srv/authority
wasl authority enrol /srv/authority --terminal t-0001 --site bakery-17 --key "$key"
wasl authority publish /srv/authority --policy /usr/lib/node_modules/wasl/docs/samples/egypt-bread.policy.json
mkdir /etc/wasl/trust
cp /srv/authority/lists/*.list /etc/wasl/trust/
shown=$(wasl authority show /srv/authority --json)
cat >/etc/wasl/terminal.json <<END
{
  "terminal": "t-0001",
  "site": "bakery-17",
  "programme": "bread",
  "dataFolder": "/var/lib/wasl/data",
  "trust": { "folder": "/etc/wasl/trust", "authorityKey": "$(field register.authorityKey <<<"$shown")" },
  "readers": [{ "type": "pcsc" }],
  "centre": {
    "url": "mqtt://127.0.0.1:1883",
    "sealKey": "$(field register.centre.sealKey <<<"$shown")",
    "ackKey": "$(field register.centre.ackKey <<<"$shown")"
  }
}
END
systemd-tmpfiles --create wasl.conf
wasl terminal check --config /etc/wasl/terminal.json >&2

# Long enough for a busy machine to feed the watchdog, short enough to wait for it.
mkdir /run/systemd/system/wasl-terminal.service.d
printf '[Service]\nWatchdogSec=8\nRestartSec=100ms\n' >/run/systemd/system/wasl-terminal.service.d/quick.conf
systemctl daemon-reload

show() { systemctl show wasl-terminal --property=ActiveState,SubState,Result,NRestarts,ExecMainStatus >"/mnt/$1"; }
page() { node -e 'fetch("http://127.0.0.1:8420/").then(async (answer) => console.log(answer.status, await answer.text()))' >"/mnt/$1"; }
pid() { systemctl show wasl-terminal --property=MainPID --value; }

systemctl start wasl-terminal
show started
page page-started
cp "/proc/$(pid)/status" /mnt/status
ls -ln --time-style=+ /var/lib/wasl /var/lib/wasl/data >/mnt/data
CREDENTIALS_DIRECTORY=/etc/wasl/credentials wasl doctor --config /etc/wasl/terminal.json --json >/mnt/doctor || true
systemctl reload wasl-terminal
for _ in {1..100}; do
  journalctl --unit=wasl-terminal --output=cat | grep -q 'signed lists' && break
  sleep 0.1
done

kill -STOP "$(pid)"
for _ in {1..300}; do
  [ "$(systemctl show wasl-terminal --property=NRestarts --value)" != 0 ] && systemctl is-active --quiet wasl-terminal && break
  sleep 0.1
done
show after-hang
page page-after-hang

systemctl stop wasl-terminal
show stopped
journalctl --unit=wasl-terminal --output=cat >/mnt/journal
