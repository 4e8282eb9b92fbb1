# SPDX-License-Identifier: Apache-2.0
# A redis-server of the suite's own, on a free port of 127.0.0.1, that keeps nothing on disk.
#
#     my $redis = BrazeTest::Redis->start;
#     $redis->call('SET', 'key', 'value'); $redis->stop; $redis->run; $redis->freeze; $redis->thaw;
package BrazeTest::Redis;

use strict;
use warnings;
use Carp qw(croak);
use IO::Socket::INET ();
use BrazeTest;
use BrazeTest::Node ();

my @running;

sub start {
    my ($class) = @_;
    my $self = bless { port => BrazeTest::Node::free_port(), dir => work_dir() . '/redis' }, $class;
    mkdir $self->{dir};
    $self->run;
    return $self;
}

sub run {
    my ($self) = @_;
    my $pid = fork // croak "fork: $!";
    if (!$pid) {
        open STDOUT, '>>', "$self->{dir}/log" or exit 126;
        open STDERR, '>&', \*STDOUT or exit 126;
        exec 'redis-server', '--bind', '127.0.0.1', '--port', $self->{port}, '--dir', $self->{dir}, '--save', '', '--appendonly', 'no', '--daemonize', 'no'
            or exit 127;
    }
    $self->{pid} = $pid;
    push @running, $self;
    (wait_until { ($self->socket && eval { $self->call('PING') } // '') eq 'PONG' } 15) or croak 'redis does not answer';
    return;
}

sub port { my ($self) = @_; return $self->{port} }
sub pid  { my ($self) = @_; return $self->{pid} }
sub socket { my ($self) = @_; return IO::Socket::INET->new(PeerAddr => "127.0.0.1:$self->{port}", Timeout => 5) } ## no critic

sub stop {
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;
    local $?;
    kill 'CONT', $pid;
    kill 'KILL', $pid;
    waitpid $pid, 0;
    return;
}

sub freeze { my ($self) = @_; kill 'STOP', $self->{pid}; return }
sub thaw   { my ($self) = @_; kill 'CONT', $self->{pid}; return }

# call(words …): redis's answer: a text, a number, undef for none, a list reference.
sub call {
    my ($self, @words) = @_;
    my $socket = $self->socket or croak 'redis does not listen';
    print $socket '*' . @words . "\r\n", map { '$' . length() . "\r\n$_\r\n" } @words;
    $socket->flush;
    return answer($socket);
}

sub answer {
    my ($socket) = @_;
    my $line = do { local $/ = "\r\n"; <$socket> } // croak 'redis hung up';
    $line =~ s/\r\n\z//;
    my ($kind, $rest) = $line =~ /\A(.)(.*)\z/s;
    croak "redis: $rest" if $kind eq '-';
    return $rest if $kind =~ /[+:]/;
    return undef if $rest < 0; ## no critic
    return [ map { answer($socket) } 1 .. $rest ] if $kind eq '*';
    my $text = '';
    while (length $text < $rest + 2) { read $socket, $text, $rest + 2 - length $text, length $text or croak 'redis hung up' }
    return substr $text, 0, $rest;
}

# The keys, sorted.
sub keys { my ($self) = @_; my @keys = sort @{ $self->call('KEYS', '*') }; return @keys } ## no critic

END { $_->stop for @running }

1;
