# Run inside the machine of machine.sh, as root. Everything it learns goes to /mnt.

# The same units, only quicker: nobody waits half a minute for a watchdog here.
mkdir /run/systemd/system/wasl-{terminal,bridge}.service.d
for unit in terminal bridge; do
  printf '[Service]\nWatchdogSec=3\nRestartSec=100ms\n' >"/run/systemd/system/wasl-$unit.service.d/quick.conf"
done
systemctl daemon-reload

# Waits at most twenty seconds for a property of the terminal to have another value than it has now.
await_change() {
  local was=$1
  for _ in {1..200}; do
    [ "$(systemctl show wasl-terminal --property=NRestarts --value)" != "$was" ] &&
      [ "$(systemctl is-active wasl-terminal)" = active ] && return
    sleep 0.1
  done
  echo "no restart after $was"
}

show() {
  systemctl show "$1" --property=ActiveState,SubState,Result,NRestarts,StatusText,Type,WatchdogUSec,ExecMainStatus >"/mnt/$2"
}

systemctl start wasl-terminal wasl-bridge
for name in wasl wasl-bridge; do cp "/var/lib/$name/facts.json" "/mnt/$name.json"; done
show wasl-terminal terminal-started
show wasl-bridge bridge-started

# A hang: the process lives and says nothing.
kill -STOP "$(systemctl show wasl-terminal --property=MainPID --value)"
await_change 0
show wasl-terminal terminal-after-hang
journalctl --unit=wasl-terminal --output=cat >/mnt/journal

# More crashes in a row than systemd forgives by itself (5 in 10 s).
for was in {1..8}; do
  systemctl kill --kill-whom=main --signal=KILL wasl-terminal
  await_change "$was"
done
show wasl-terminal terminal-after-crashes

systemctl stop wasl-terminal
show wasl-terminal terminal-stopped
