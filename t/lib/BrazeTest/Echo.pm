# SPDX-License-Identifier: Apache-2.0
# An application behind a proxy: a server that answers every request with the bytes that it got, as text after the line "ECHO".
# It has nothing of httpd's, so that what arrives is seen as it arrives.
package BrazeTest::Echo;

use strict;
use warnings;
use Carp qw(croak);
use IO::Socket::INET ();

my @running;

sub start {
    my ($class) = @_;
    my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 64, ReuseAddr => 1)
        or croak "listen: $!";
    my $pid = fork // croak "fork: $!";
    if (!$pid) {
        local $SIG{TERM} = sub { require POSIX; POSIX::_exit(0) };
        while (my $client = $listen->accept) { answer($client) }
        require POSIX;
        POSIX::_exit(0);
    }
    my $self = bless { port => $listen->sockport, pid => $pid }, $class;
    push @running, $self;
    return $self;
}

sub answer {
    my ($client) = @_;
    my $got = '';
    while ($got !~ /\r\n\r\n/) { sysread $client, $got, 65536, length $got or return }
    my ($head) = $got =~ /\A(.*?\r\n\r\n)/s;
    my ($length) = $head =~ /^Content-Length:\s*(\d+)/mi;
    while (defined $length && length($got) - length($head) < $length) {
        sysread $client, $got, 65536, length $got or last;
    }
    my $body = "ECHO\n$got";
    print $client "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: "
        . length($body) . "\r\n\r\n$body";
    close $client;
    return;
}

sub port { my ($self) = @_; return $self->{port} }

sub stop {
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;
    local $?;
    kill 'TERM', $pid;
    waitpid $pid, 0;
    return;
}

END { $_->stop for @running }

1;
