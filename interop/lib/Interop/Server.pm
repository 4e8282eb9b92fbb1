# SPDX-License-Identifier: Apache-2.0
package Interop::Server;

# httpd with our modules on SQLite, and an identity provider beside it, on loopback in a work folder that is gone at the
# end. As root everything runs as nobody.

use strict;
use warnings;

use Carp qw(croak);
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Copy qw(copy);
use File::Path qw(make_path remove_tree);
use File::Temp qw(tempdir);
use IO::Socket::INET;
use JSON::PP qw(decode_json);

my @running;
my $top = abs_path(dirname(__FILE__) . '/../..');
my @as  = $> == 0 ? qw(setpriv --reuid=nobody --regid=nogroup --clear-groups) : ();

my $CONF = <<'C';
ServerRoot "%work%"
PidFile    "%work%/httpd.pid"
DefaultRuntimeDir "%work%"
Mutex      file:%work% default
Listen     127.0.0.1:%port%
ServerName %host%:%port%
%tls%
ErrorLog   "%work%/error.log"
LogLevel   info
DocumentRoot   "%work%/htdocs"
TypesConfig    /dev/null
DirectoryIndex index.shtml
AddType        text/html .shtml
AddDefaultCharset UTF-8
AddOutputFilter INCLUDES .shtml
<Directory "%work%/htdocs">
    Options Includes
</Directory>
DBDriver  sqlite3
DBDParams "%work%/braze.db"
<Location "/">
    AuthType   braze-saml
    AuthName   "Dashboard"
    Require    valid-user
    BrazeCompany        "Decorumsoft"
%idps%
%inner%
</Location>
%extra%
C

# %option: extra => text at the end of the configuration, inner => in our section; %work% in them is the work folder;
# host => a name for https with a certificate of our own making, which only a browser that is told so trusts;
# modules => [further ones of httpd's], by_page => 1: the IdPs are told on the settings page, not in the configuration.
sub new {
    my ($class, %option) = @_;
    my $build = $ENV{BRAZE_BUILDDIR} // dirname($top);
    my $work  = tempdir('/tmp/braze-interop.XXXXXX');
    my $self  = bless { work => $work, build => $build, port => free_port(), idps => [], %option }, $class;
    push @running, $self;
    make_path("$work/modules", "$work/htdocs", "$work/bin");
    for my $name (qw(mod_braze_jit.so mod_braze_scim.so braze-admin)) {
        copy("$build/$name", "$work/modules/$name") or croak "$build/$name: $!: build first, or set BRAZE_BUILDDIR";
    }
    chmod 0755, $work, "$work/modules/braze-admin";
    system('cp', '-r', "$top/simplesamlphp", "$work/simplesamlphp") == 0 or croak 'cannot copy the IdP';
    $self->own($work);
    return $self;
}

sub work { return $_[0]{work} }

sub url {
    my ($self, $path) = @_;
    my $base = $self->{host} ? "https://$self->{host}" : 'http://127.0.0.1';
    return "$base:$self->{port}" . ($path // '');
}

sub free_port {
    my $socket = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or croak "no port: $!";
    return $socket->sockport;
}

sub own {
    my ($self, $path) = @_;
    return if !@as;
    system('chown', '-R', 'nobody:nogroup', $path) == 0 or croak "chown $path";
    return;
}

# Runs a command; (exit status, output of both kinds).
sub command {
    my ($self, @word) = @_;
    my $pid = open my $out, '-|';
    croak "fork: $!" if !defined $pid;
    if (!$pid) {
        open STDERR, '>&', \*STDOUT or die "dup: $!";
        exec @as, @word or die "exec $word[0]: $!";
    }
    local $/ = undef;
    my $text = <$out> // '';
    close $out;
    return ($? >> 8, $text);
}

sub must {
    my ($self, @word) = @_;
    my ($status, $text) = $self->command(@word);
    croak "@word: status $status\n$text" if $status;
    return $text;
}

sub admin {
    my ($self, @word) = @_;
    return $self->must("$self->{work}/modules/braze-admin", '--driver', 'sqlite3', '--params', "$self->{work}/braze.db",
        @word);
}

sub admin_json { my ($self, @word) = @_; return decode_json($self->admin('--json', @word)) }

# A key pair NAME.key, NAME.crt in the work folder; the path without its ending.
sub make_key {
    my ($self, $name) = @_;
    $self->must('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-sha256', '-days', '30', '-subj',
        "/CN=$name", '-keyout', "$self->{work}/$name.key", '-out', "$self->{work}/$name.crt");
    return "$self->{work}/$name";
}

# A certificate for a host: NAME.crt, NAME.key, and NAME-ca.crt of the authority that issued it and is then forgotten.
# Returns the path without its ending.
sub make_tls {
    my ($self, $name, $host) = @_;
    my $path = "$self->{work}/$name";
    open my $ext, '>', "$path.ext" or croak "$path.ext: $!";
    print {$ext} "subjectAltName=DNS:$host\n";
    close $ext or croak "$path.ext: $!";
    $self->own("$path.ext");
    my @new = qw(openssl req -newkey rsa:2048 -nodes -sha256);
    $self->must(@new, qw(-x509 -days 30 -subj), "/CN=$name authority", '-keyout', "$path-ca.key", '-out', "$path-ca.crt");
    $self->must(@new, '-subj', "/CN=$host", '-keyout', "$path.key", '-out', "$path.csr");
    $self->must(qw(openssl x509 -req -days 30 -sha256 -CAcreateserial -in), "$path.csr", '-CA', "$path-ca.crt", '-CAkey',
        "$path-ca.key", '-extfile', "$path.ext", '-out', "$path.crt");
    unlink "$path-ca.key";
    return $path;
}

# What a browser is told of a certificate to trust it: SHA-256 of its public key.
sub key_hash {
    my ($self, $path) = @_;
    my $hash = $self->must('sh', '-c',
        'openssl x509 -in "$0" -noout -pubkey | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | openssl base64 -A',
        "$path.crt");
    return $hash;
}

# Starts an IdP for our server; returns its base URL. @option: more words for simplesamlphp/start.
sub add_idp {
    my ($self, @option) = @_;
    my $folder = "$self->{work}/idp" . @{ $self->{idps} };
    my $base = $self->must("$self->{work}/simplesamlphp/start", $folder, '--acs', $self->url('/auth/saml/callback'), @option);
    chomp $base;
    push @{ $self->{idps} }, $folder;
    return $base;
}

# An IdP that something else runs, by the file of its metadata.
sub add_metadata { my ($self, $file) = @_; push @{ $self->{metadata} }, $file; return }

sub tls { return $_[0]{tls} }

sub page {
    my ($self, $name, $text) = @_;
    open my $file, '>', "$self->{work}/htdocs/$name" or croak "$name: $!";
    print {$file} $text;
    close $file or croak "$name: $!";
    return;
}

sub start {
    my ($self) = @_;
    my $idps = join "\n", map { qq{    BrazeJitIdpMetadata "$_"} } (map {"$_/idp-metadata.xml"} $self->{by_page} ? () : @{ $self->{idps} }),
        @{ $self->{metadata} // [] };
    my $host = $self->{host} // '127.0.0.1';
    my $tls = $self->{tls} = $self->{host} ? $self->make_tls('httpd', $host) : undef;
    my %value = (work => $self->{work}, port => $self->{port}, idps => $idps, host => $host,
        tls => $tls ? qq{SSLEngine on\nSSLCertificateFile "$tls.crt"\nSSLCertificateKeyFile "$tls.key"} : '',
        map { $_ => ($self->{$_} // '') =~ s/%work%/$self->{work}/gr } qw(extra inner));
    my ($program, $libexec) = ($self->apxs('SBINDIR') . '/' . $self->apxs('PROGNAME'), $self->apxs('LIBEXECDIR'));
    my $linked_in = `$program -l`;
    my @wanted = grep { $linked_in !~ /\bmod_$_\.c\b/ }
        qw(mpm_event unixd authn_core authz_core authz_user authz_host dir mime env include dbd log_config),
        $tls ? 'ssl' : (), @{ $self->{modules} // [] };
    my $conf = join '', map { "LoadModule ${_}_module $libexec/mod_$_.so\n" } @wanted;
    $conf .= "LoadModule braze_${_}_module $self->{work}/modules/mod_braze_$_.so\n" for qw(jit scim);
    $conf .= $CONF =~ s/%(\w+)%/$value{$1}/gr;
    open my $file, '>', "$self->{work}/httpd.conf" or croak "httpd.conf: $!";
    print {$file} $conf;
    close $file or croak "httpd.conf: $!";
    $self->own($self->{work});
    $self->must($program, '-d', $self->{work}, '-f', "$self->{work}/httpd.conf", '-k', 'start');
    for (1 .. 100) {
        last if IO::Socket::INET->new(PeerAddr => "127.0.0.1:$self->{port}");
        select undef, undef, undef, 0.1;
    }
    return;
}

sub apxs {
    my ($self, $name) = @_;
    my $value = `apxs -q $name`;
    croak 'no apxs: apt-get install apache2-dev' if $?;
    chomp $value;
    return $value;
}

sub error_log {
    my ($self) = @_;
    open my $file, '<', "$self->{work}/error.log" or return '';
    local $/ = undef;
    return <$file>;
}

# What our trace (BrazeJitDiagnostics "%work%/trace.log") has of the latest sign-in.
sub trace {
    my ($self) = @_;
    open my $file, '<', "$self->{work}/trace.log" or return '';
    local $/ = '';
    my @records = <$file>;
    return $records[-1] // '';
}

sub stop {
    my ($self) = @_;
    if (open my $file, '<', "$self->{work}/httpd.pid") {
        chomp(my $pid = <$file>);
        kill 'TERM', $pid;
        for (1 .. 100) {
            last if !kill 0, $pid;
            select undef, undef, undef, 0.1;
        }
    }
    $self->must("$self->{work}/simplesamlphp/stop", $_) for splice @{ $self->{idps} };
    return;
}

# However a suite ends, nothing of it stays.
END {
    my $status = $?;
    for my $server (@running) {
        eval { $server->stop; 1 } or warn $@;
        if ($ENV{BRAZE_INTEROP_KEEP}) { print STDERR "# kept: $server->{work}\n" }
        else { remove_tree($server->{work}) }
    }
    $? = $status;
}

1;
