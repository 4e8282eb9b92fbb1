# SPDX-License-Identifier: Apache-2.0
# A server that is nobody's, in a folder: Debian's layout of httpd, ports and a database of its own, and a small world around it.
# What a page says about /etc, /var and the ports 80 and 443 is carried out there; nothing of the machine is changed.
package BrazeDocs::Sandbox;

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Copy qw(copy);
use File::Path qw(make_path);
use File::Temp ();
use IO::Socket::INET ();
use BrazeTest::Idp ();

# Commands that are something else on a test machine, and why. What is not named here runs as it stands.
our %STAND_IN = (
    systemctl   => 'there is no systemd: httpd is started and stopped by hand',
    apache2ctl  => 'asks systemd on a machine that has it',
    apachectl   => 'the same by its other name',
    apt         => 'installs nothing: says whether Debian has the packages, and puts the files of ours where the package does',
    certbot     => 'a certificate is had from an authority in the sandbox, not on the internet',
);

# Where a page is about these, the sandbox's own are meant.
my $OURS = qr{(?<![\w.:/\$\}-])/(?=(?:etc|srv|var|backup)(?:/|\b))};

my @MODULES = qw(mpm_event access_compat alias auth_basic authn_core authn_file authz_core authz_host authz_user autoindex deflate
    dir env filter mime negotiation reqtimeout setenvif status);

# The identity provider of the world outside, and its people.
our $IDP = 'keycloak.example.com';

sub new {
    my ($class, %opt) = @_;
    my $dir  = File::Temp->newdir('/tmp/braze-d.XXXXXX', CLEANUP => !$ENV{BRAZE_DOCS_KEEP});
    my $self = bless { dir => $dir, root => "$dir/root", top => $opt{top}, build => abs_path($opt{build}) }, $class;
    -e "$self->{build}/$_" or die "$self->{build}/$_ is not there: build first, and name the folder in BRAZE_BUILDDIR\n" for qw(mod_braze_jit.so mod_braze_scim.so braze-admin);
    chmod 0755, "$dir";
    $self->{$_} = free_port() for qw(http https world);
    make_path(map {"$self->{root}/$_"} qw(etc/cron.daily etc/apache2/conf-available etc/apache2/sites-available etc/letsencrypt/live etc/ssl var/lib var/log/apache2
            var/www/html var/lib/apache2 run backup root));
    make_path("$dir/bin", "$dir/build", "$dir/world/htdocs");
    # Copies: httpd's user need not be able to look into the folder of the build.
    for my $file (qw(mod_braze_jit.so mod_braze_scim.so braze-admin)) {
        copy("$self->{build}/$file", "$dir/build/$file") or die "$file: $!";
        chmod 0755, "$dir/build/$file";
    }
    $self->{build} = "$dir/build";
    $self->put_files;
    $self->put_stand_ins;
    return $self;
}

sub root { return $_[0]{root} }
sub dir  { return "$_[0]{dir}" }

sub free_port {
    for (1 .. 200) {
        my $port = 20000 + int rand 10000;
        return $port if IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1:$port");
    }
    die "no free port\n";
}

sub spew {
    my ($file, $text, $mode) = @_;
    open my $out, '>', $file or die "$file: $!";
    print {$out} $text;
    close $out or die "$file: $!";
    chmod $mode, $file if defined $mode;
    return $file;
}

sub slurp {
    my ($file) = @_;
    open my $in, '<', $file or return '';
    local $/;
    return scalar <$in>;
}

sub run {
    my ($self, @command) = @_;
    open my $out, '-|', @command or die "$command[0]: $!";
    local $/;
    my $said = <$out>;
    close $out or die "@command: status $?\n";
    return $said;
}

# --- a page's words and ours -------------------------------------------------------------------------------

# inside(text): where a page means /etc, /var or port 443 of its reader's server.
sub inside {
    my ($self, $text) = @_;
    $text =~ s{/usr/lib/apache2/modules/(?=mod_braze_)}{$self->{build}/}g;
    $text =~ s{$OURS}{$self->{root}/}g;
    $text =~ s{\*:80\b}{*:$self->{http}}g;
    $text =~ s{\*:443\b}{*:$self->{https}}g;
    return $text;
}

# outside(text): what the reader would see.
sub outside {
    my ($self, $text) = @_;
    $text =~ s/\Q$self->{root}\E//g;
    $text =~ s/\Q$self->{build}\E(?=\/mod_braze_)/\/usr\/lib\/apache2\/modules/g;
    $text =~ s/:(?:$self->{http}|$self->{https})\b//g;
    return $text;
}

# --- files --------------------------------------------------------------------------------------------------

sub put_files {
    my ($self) = @_;
    my ($root, $user) = ($self->{root}, $> == 0 ? 'www-data' : scalar getpwuid $>);
    my $etc = "$root/etc/apache2";
    make_path(map {"$etc/$_"} qw(mods-available mods-enabled conf-enabled sites-enabled));
    copy($_, "$etc/mods-available/") or die "$_: $!" for grep { !/braze/ } glob '/etc/apache2/mods-available/*';
    copy("/etc/apache2/$_", "$etc/$_") or die "/etc/apache2/$_: $! (apt-get install apache2)" for qw(apache2.conf magic);
    spew("$etc/apache2.conf", $self->inside(slurp("$etc/apache2.conf")));
    spew("$etc/ports.conf", "Listen 127.0.0.1:$self->{http}\n<IfModule ssl_module>\n    Listen 127.0.0.1:$self->{https}\n</IfModule>\n");
    my $group = $> == 0 ? 'www-data' : scalar getgrgid((split ' ', $))[0]);
    spew("$etc/envvars", join '', map {"export $_\n"} "APACHE_RUN_USER=$user", "APACHE_RUN_GROUP=$group",
        "APACHE_PID_FILE=$root/run/apache2.pid", "APACHE_RUN_DIR=$root/run", "APACHE_LOCK_DIR=$root/run", "APACHE_LOG_DIR=$root/var/log/apache2", 'LANG=C');
    for my $module (@MODULES) {
        for my $file (grep {-f} map {"$etc/mods-available/$module.$_"} qw(load conf)) {
            symlink $file, $file =~ s/available/enabled/r or die "$file: $!";
        }
    }
    spew("$root/etc/apache2/sites-available/000-default.conf", $self->inside("ServerName localhost\n<VirtualHost *:80>\n    DocumentRoot /var/www/html\n</VirtualHost>\n"));
    symlink "$etc/sites-available/000-default.conf", "$etc/sites-enabled/000-default.conf";
    $self->put_keys;
    spew("$etc/sites-available/default-ssl.conf", $self->inside(<<'C'));
<VirtualHost *:443>
    ServerName            your.host
    DocumentRoot          /var/www/html
    SSLEngine             on
    SSLCertificateFile    /etc/ssl/server.pem
    SSLCertificateKeyFile /etc/ssl/server.key
</VirtualHost>
C
    spew("$root/var/www/html/index.html", "<p>It works.</p>\n");
    # What the identity provider's administrator has handed over.
    copy("$self->{dir}/world/idp.xml", "$etc/idp.xml") or die "idp.xml: $!";
    copy("$self->{dir}/world/idp.crt", "$etc/okta.pem") or die "okta.pem: $!";
    return;
}

# Key pairs: of the identity provider, and of the server, by the sandbox's own authority. Made once, for every sandbox.
my $keys;

sub put_keys {
    my ($self) = @_;
    $keys //= make_keys($self);
    copy("$keys/$_", "$self->{dir}/world/$_") or die "$_: $!" for qw(idp.key idp.crt idp.xml);
    copy("$keys/$_", "$self->{root}/etc/ssl/$_") or die "$_: $!" for qw(server.key server.pem);
    copy("$keys/ca.pem", "$self->{dir}/ca.pem") or die "ca.pem: $!";
    return;
}

sub make_keys {
    my ($self) = @_;
    my $dir = File::Temp->newdir('/tmp/braze-d.XXXXXX');
    local $ENV{BRAZE_T_IDP} = "$dir";
    BrazeTest::Idp::make_key('idp');
    BrazeTest::Idp::write_metadata('idp.xml', 'idp', entity_id => "https://$IDP/realms/people", sso_url => "https://$IDP/realms/people/protocol/saml");
    my ($ssl, $ca) = ("$dir", "$dir/ca");
    my @new = qw(req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3);
    $self->run('sh', '-c', 'exec 2>/dev/null; exec "$@"', 'sh', 'openssl', @new, '-subj', '/CN=Authority of the sandbox', '-keyout', "$ca.key", '-out', "$ca.pem");
    $self->run('sh', '-c', 'exec 2>/dev/null; exec "$@"', 'sh', 'openssl', @new, '-subj', '/CN=server', '-keyout', "$ssl/server.key", '-out', "$ssl/server.pem",
        '-CA', "$ca.pem", '-CAkey', "$ca.key", '-addext', 'subjectAltName=DNS:*.example.com,DNS:your.host,DNS:localhost,IP:127.0.0.1',
        '-addext', 'basicConstraints=critical,CA:FALSE');
    return $dir;
}

# --- commands -------------------------------------------------------------------------------------------------

sub put_stand_ins {
    my ($self) = @_;
    my ($dir, $root) = ("$self->{dir}", $self->{root});
    symlink "$self->{build}/braze-admin", "$dir/bin/braze-admin" or die "braze-admin: $!";
    chomp(my $httpd = $self->run('sh', '-c', 'a=$(command -v apxs apxs2 | head -n 1); echo "$($a -q SBINDIR)/$($a -q PROGNAME)"'));
    my $start = "#!/bin/bash\n" . <<"S" . <<'S';
root=$root httpd=$httpd build=$self->{build} top=$self->{top}
S
conf=$root/etc/apache2
. "$conf/envvars"
httpd() { "$httpd" -d "$conf" -f "$conf/apache2.conf" "$@"; }
stop() {
    local pid
    pid=$(cat "$APACHE_PID_FILE" 2>/dev/null) || return 0
    kill "$pid" 2>/dev/null || return 0
    for ((i = 0; i < 200; i++)); do kill -0 "$pid" 2>/dev/null || return 0; sleep 0.05; done
    echo "httpd does not stop" >&2; return 1
}
start() { httpd -k start || { tail -n 3 "$APACHE_LOG_DIR/error.log" >&2; return 1; }; }
S
    my %does = (
        systemctl => <<'S',
[ "$2" = apache2 ] || { echo "Unit $2.service not found." >&2; exit 5; }
case $1 in
start) start ;;
stop) stop ;;
restart | reload) httpd -t 2>/dev/null && stop && start ;;
status) kill -0 "$(cat "$APACHE_PID_FILE")" && echo "Active: active (running)" ;;
*) echo "Unknown command verb $1." >&2; exit 1 ;;
esac
S
        apachectl => <<'S',
case $1 in
configtest | -t) httpd -t ;;
start | stop) "$1" ;;
restart | graceful) stop && start ;;
*) httpd "$@" ;;
esac
S
        apt => <<'S',
[ "$1" = update ] && exit 0
[ "$1" = build-dep ] && exit 0
[ "$1" = install ] || { echo "the sandbox's apt installs, and nothing else" >&2; exit 100; }
shift
for word in "$@"; do
    case $word in
    -y | --no-install-recommends) ;;
    ./libapache2-mod-braze_*.deb | ../libapache2-mod-braze_*.deb)
        sed "s|/usr/lib/apache2/modules/|$build/|" "$top/debian/braze_jit.load" >"$conf/mods-available/braze_jit.load"
        sed "s|/usr/lib/apache2/modules/|$build/|" "$top/debian/braze_scim.load" >"$conf/mods-available/braze_scim.load"
        a2enmod -q braze_jit braze_scim >/dev/null || exit 100
        install -d -o www-data -g www-data -m 750 "$root/var/lib/braze" ;;
    -* | *[!a-z0-9.+-]*) echo "E: $word is not understood" >&2; exit 100 ;;
    build-essential | certbot | libtool) ;; # Debian has them, and the tests do without
    *) dpkg-query -W "$word" >/dev/null 2>&1 || apt-cache show "$word" >/dev/null 2>&1 ||
        { echo "E: Unable to locate package $word" >&2; exit 100; } ;;
    esac
done
S
        certbot => <<'S',
name=
while [ $# -gt 0 ]; do [ "$1" != -d ] || name=$2; shift; done
[ -n "$name" ] || { echo "certbot: for which name? -d NAME" >&2; exit 1; }
mkdir -p "$root/etc/letsencrypt/live/$name"
cp "$root/etc/ssl/server.pem" "$root/etc/letsencrypt/live/$name/fullchain.pem"
cp "$root/etc/ssl/server.key" "$root/etc/letsencrypt/live/$name/privkey.pem"
S
    );
    $does{apache2ctl} = $does{apachectl};
    spew("$dir/bin/$_", "$start$does{$_}", 0755) for keys %STAND_IN;
    $self->put_for_nobody if $> != 0;
    spew("$dir/root/root/.curlrc", join "\n", 'silent', 'show-error', 'max-time = 20', "cacert = $dir/ca.pem", "connect-to = \"$IDP:443:127.0.0.1:$self->{world}\"",
        "connect-to = \":443:127.0.0.1:$self->{https}\"", "connect-to = \":80:127.0.0.1:$self->{http}\"", '');
    return;
}

# Who is not root cannot give files away, and is who the commands would become.
sub put_for_nobody {
    my ($self) = @_;
    spew("$self->{dir}/bin/chown", "#!/bin/sh\nexit 0\n", 0755);
    spew("$self->{dir}/bin/install", "#!/bin/bash\nwords=()\nwhile [ \$# -gt 0 ]; do case \$1 in -o | -g) shift ;; *) words+=(\"\$1\") ;; esac; shift; done\nexec /usr/bin/install \"\${words[@]}\"\n", 0755);
    spew("$self->{dir}/bin/setpriv", "#!/bin/bash\nwhile [ \"\${1#--}\" != \"\$1\" ]; do shift; done\nexec \"\$@\"\n", 0755);
    return;
}

# The environment of somebody at a prompt there.
sub environment {
    my ($self) = @_;
    my $root = $self->{root};
    my %env  = (PATH => "$self->{dir}/bin:/usr/sbin:/usr/bin:/sbin:/bin", HOME => "$root/root", CURL_HOME => "$root/root", LC_ALL => 'C.UTF-8', TERM => 'dumb',
        APACHE_CONFDIR => "$root/etc/apache2", APACHE_ENVVARS => "$root/etc/apache2/envvars", APACHE_LOG_DIR => "$root/var/log/apache2",
        APACHE_STATE_DIRECTORY => "$root/var/lib/apache2", BRAZE_T_IDP => "$self->{dir}/world", PERL5LIB => "$self->{top}/t/lib", COLUMNS => 200);
    if ($self->{pgsql}) { ($env{PGHOST}, $env{PGUSER}) = ($self->{pgsql}, $> == 0 ? 'nobody' : scalar getpwuid $>) }
    return %env;
}

# A PostgreSQL server of its own, without a database in it.
sub start_pgsql {
    my ($self) = @_;
    my $dir = "$self->{dir}/pg";
    $self->run("$self->{top}/t/run-pgsql", 'start', $dir);
    $self->{pgsql} = $dir;
    make_path("$self->{root}/var/run");
    symlink $dir, "$self->{root}/var/run/postgresql" or die "postgresql: $!"; # where Debian's server has its socket
    $self->run('dropdb', '-h', $dir, '-U', 'nobody', 'braze');
    return $dir;
}

# The identity provider's server, which has its metadata to give.
sub start_world {
    my ($self) = @_;
    my ($dir, $etc) = ("$self->{dir}/world", "$self->{root}/etc/ssl");
    make_path("$dir/htdocs/realms/people/protocol/saml");
    copy("$dir/idp.xml", "$dir/htdocs/realms/people/protocol/saml/descriptor") or die "idp.xml: $!";
    chmod 0755, $dir;
    my $modules = '/usr/lib/apache2/modules';
    spew("$dir/httpd.conf", join "\n", (map {"LoadModule ${_}_module $modules/mod_$_.so"} qw(mpm_event authz_core socache_shmcb ssl)), "ServerName $IDP",
        ($> == 0 ? ('User www-data', 'Group www-data') : ()), "Listen 127.0.0.1:$self->{world}", "DocumentRoot $dir/htdocs", "ErrorLog $dir/error.log", "PidFile $dir/httpd.pid",
        "DefaultRuntimeDir $dir", 'SSLEngine on', "SSLCertificateFile $etc/server.pem", "SSLCertificateKeyFile $etc/server.key", 'ForceType application/samlmetadata+xml', '');
    $self->run('/usr/sbin/apache2', '-f', "$dir/httpd.conf", '-k', 'start');
    return;
}

sub stop {
    my ($self) = @_;
    for my $file ("$self->{root}/run/apache2.pid", "$self->{dir}/world/httpd.pid") {
        my ($pid) = slurp($file) =~ /\A(\d+)/ or next;
        kill 'TERM', $pid;
        for (1 .. 100) { last if !kill 0, $pid; select undef, undef, undef, 0.05 }
    }
    my $pgsql = delete $self->{pgsql};
    system "$self->{top}/t/run-pgsql", 'stop', $pgsql if defined $pgsql;
    return;
}

sub DESTROY { my ($self) = @_; local ($?, $@); $self->stop; return }

1;
