# SPDX-License-Identifier: Apache-2.0
# Another httpd over the suite's database, with a configuration of the suite's own: a second node, or modules and
# settings that the main server has not.
#
#     my $node = BrazeTest::Node->start('cached', <<'C', modules => ['include']);
#     BrazeJitSessionCache shmcb 5
#     C
#     $node->url('/page.html'); $node->log; $node->stop;
#
# @idpdir@, @DocumentRoot@ and @Port@ may stand in the text. Stopped at the latest when the suite ends.
package BrazeTest::Node;

use strict;
use warnings;
use Carp qw(croak);
use IO::Socket::INET ();
use Apache::Test ();
use BrazeTest;
use BrazeTest::Idp ();
use BrazeTest::Saml ();

my @running;

# One child under every MPM: for what each of them knows or counts for itself.
our $ONE_CHILD = <<'C';
<IfModule mpm_prefork_module>
    MinSpareServers   1
    MaxSpareServers   1
    MaxRequestWorkers 1
</IfModule>
<IfModule !mpm_prefork_module>
    ThreadsPerChild   10
    MinSpareThreads   1
    MaxSpareThreads   20
    MaxRequestWorkers 10
</IfModule>
C

# Below those that the system gives to clients: one of them could connect to itself.
sub free_port {
    for (1 .. 200) {
        my $port = 10_000 + int rand 10_000;
        return $port if IO::Socket::INET->new(LocalAddr => "127.0.0.1:$port", Listen => 1);
    }
    croak 'no free port';
}

sub setting { my ($name) = @_; return $ENV{$name} // croak "$name is not set" }

sub frame {
    my ($self, %opt) = @_;
    my $base = BrazeTest::Saml::read_file(setting('BRAZE_T_BASECONF'));
    my ($dir) = $base =~ m{ (/\S+)/mod_mpm_} or croak 'no module folder';
    my $ours = setting('BRAZE_T_MODULES');
    my @ports = ($self->{port}, @{ $opt{ports} // [] });
    return join "\n", $base,
        (map {"LoadModule ${_}_module $dir/mod_$_.so"} @{ $opt{modules} // [] }),
        (map {"LoadModule braze_${_}_module $ours/mod_braze_$_.so"} qw(jit scim)),
        'ServerName 127.0.0.1', (map {"Listen 127.0.0.1:$_"} @ports),
        "ErrorLog " . $self->log_file, "DefaultRuntimeDir $self->{dir}",
        "PidFile $self->{dir}/httpd.pid", "CoreDumpDirectory $self->{dir}", 'LogLevel info braze_jit:debug', 'Timeout 20',
        'StartServers 1', 'KeepAliveTimeout 2',
        'TypesConfig /dev/null', 'AddType text/html .html', 'AddType text/plain .txt',
        'DocumentRoot "' . Apache::Test::vars('documentroot') . '"',
        'DBDriver ' . setting('BRAZE_T_DBDRIVER'), 'DBDParams "' . setting('BRAZE_T_DBDPARAMS') . '"',
        'DBDMax 10', '';
}

# start(name, text, modules => [further ones], ports => [further ones], words => {further word => value}).
sub start {
    my ($class, $name, $text, %opt) = @_;
    my $self = bless { name => $name, port => free_port(),
        dir => work_dir() . "/node-$name" }, $class;
    mkdir $self->{dir};
    my %word = (idpdir => BrazeTest::Idp::dir(), DocumentRoot => Apache::Test::vars('documentroot'),
        Port => $self->{port}, %{ $opt{words} // {} });
    $text =~ s/\@(\w+)\@/$word{$1} \/\/ croak "\@$1\@ is no word"/ge;
    BrazeTest::Saml::write_file("$self->{dir}/httpd.conf", $self->frame(%opt) . $text);
    $self->run;
    return $self;
}

# Starts the process and waits until it serves.
sub run {
    my ($self) = @_;
    my $mark = $self->log_mark;
    my $pid = fork // croak "fork: $!";
    if (!$pid) {
        setpgrp;
        open STDOUT, '>>', "$self->{dir}/output" or exit 126;
        open STDERR, '>&', \*STDOUT or exit 126;
        exec setting('BRAZE_T_HTTPD'), '-f', "$self->{dir}/httpd.conf", '-DFOREGROUND' or exit 127;
    }
    $self->{pid} = $pid;
    push @running, $self;
    my $up = wait_until {
        croak "node $self->{name} ended: ", BrazeTest::Saml::read_file("$self->{dir}/output"),
            -e $self->log_file ? $self->log : ''
            if waitpid($pid, 1) == $pid;
        -e $self->log_file && $self->log($mark) =~ /resuming normal operations/;
    } 30;
    croak "node $self->{name} does not serve" if !$up;
    return;
}

sub stop { my ($self) = @_; return _end($self, 'TERM') }

# Until no connection is left but those that only the kernel still knows of: a child of the event MPM that is told TERM (by HUP
# too) looks at its threads' sockets while they free them, see below.
sub settle {
    my ($self) = @_;
    my $port = sprintf ':%04X', $self->{port};
    wait_until {
        open my $table, '<', '/proc/net/tcp' or croak "/proc/net/tcp: $!";
        !grep { my (undef, $local, undef, $state) = split; $local =~ /\Q$port\E\z/ && $state !~ /\A0[6A]\z/ } <$table>;
    } 10 or croak "node $self->{name}: connections that do not end";
    select undef, undef, undef, 0.05; # what is freed after a socket was closed
    return;
}

# Once every connection has ended. mod_http2 works on a little after its client is gone, and a child of the event MPM that is told TERM
# looks at its threads' sockets while they free them: about one stop in a hundred on a busy machine ends in a fault of httpd's own.
sub stop_gracefully { my ($self) = @_; return _end($self, 'WINCH') }

sub _end {
    my ($self, $signal) = @_;
    my $pid = delete $self->{pid} or return;
    local $?;
    kill $signal, $pid;
    waitpid $pid, 0;
    return;
}

# Graceful restart, or with 'HUP' one that does not wait; returns when the new generation serves.
sub restart {
    my ($self, $signal) = @_;
    my $mark = $self->log_mark;
    kill $signal // 'USR1', $self->{pid} or croak "kill: $!";
    (wait_until { $self->log($mark) =~ /resuming normal operations/ } 30)
        or croak "node $self->{name} did not come back: ", $self->log($mark);
    return;
}

# As a node dies: at once, with its children.
sub crash {
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;
    local $?;
    kill 'KILL', -$pid;
    waitpid $pid, 0;
    return;
}

sub base { my ($self) = @_; return "http://127.0.0.1:$self->{port}" }
sub url  { my ($self, $path) = @_; return $self->base . $path }
# Beside the main server's: where the runner looks for crashes.
sub log_file { my ($self) = @_; return Apache::Test::vars('t_logs') . "/node-$self->{name}.error_log" }
sub log_mark { my ($self) = @_; return (-s $self->log_file) // 0 }

# The log from a mark on.
sub log {
    my ($self, $mark) = @_;
    return substr BrazeTest::Saml::read_file($self->log_file), $mark // 0;
}

# raw(bytes): the whole answer of a connection of its own.
sub raw {
    my ($self, $bytes) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$self->{port}", Timeout => 10)
        or croak "connect: $!";
    print $socket $bytes;
    my $answer = '';
    eval {
        local $SIG{ALRM} = sub { die "time is over\n" };
        alarm 20;
        1 while sysread $socket, $answer, 65536, length $answer;
        alarm 0;
    };
    alarm 0;
    return $answer;
}

END { $_->stop for @running }

1;
