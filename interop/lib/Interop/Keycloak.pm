# SPDX-License-Identifier: Apache-2.0
package Interop::Keycloak;

# A Keycloak for an Interop::Server (with a host): see interop/keycloak/start.

use strict;
use warnings;

use Carp qw(croak);
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use Interop::Server;
use URI::Escape qw(uri_escape);

my $top = abs_path(dirname(__FILE__) . '/../..');
my @running;

# %option: host, sp_cert (a file), users => [ 'address:password' ]; their names are made of the address.
sub new {
    my ($class, $server, %option) = @_;
    chomp(my $home = `$top/keycloak/get`);
    croak 'no Keycloak: see what was said above' if $?;
    my ($work, $port) = ($server->work . '/keycloak', Interop::Server::free_port());
    my $self = bless { server => $server, work => $work, tls => $server->make_tls('keycloak-tls', $option{host}) }, $class;
    push @running, $self;
    # What it is made of and how it is started are copied: nobody may read where they come from, perhaps.
    mkdir $work or croak "$work: $!";
    for my $copy ([ $home, "$work/keycloak" ], [ "$top/keycloak", "$work/bin" ]) {
        system('cp', '-r', @$copy) == 0 or croak "cp @$copy";
    }
    $server->own($work);
    my @users = map { my ($mail) = split /:/; my ($name) = split /@/, $mail; ('--user', "$_:\u$name:Example") } @{ $option{users} };
    chomp($self->{base} = $server->must("$work/bin/start", $work, '--home', $home, '--tls', $self->{tls}, '--host', $option{host},
        '--port', $port, '--back-port', Interop::Server::free_port(), '--sp', $server->url, '--sp-cert', $option{sp_cert}, @users));
    return $self;
}

# The end of its own log, for who wants to know why.
sub log {
    my ($self) = @_;
    open my $file, '<', "$self->{work}/log/server.log" or return '';
    my @lines = <$file>;
    return join '', grep {defined} @lines[ -10 .. -1 ];
}

sub tls       { return $_[0]{tls} }
sub metadata  { my ($self, $realm) = @_; return "$self->{work}/$realm.xml" }
sub entity_id { my ($self, $realm) = @_; return "$self->{base}/realms/$realm" }

# Where people start from: a link of Keycloak's that leads to the service (sign-in begun by the IdP).
sub portal {
    my ($self, $realm, $relay_state) = @_;
    return $self->entity_id($realm) . '/protocol/saml/clients/dashboard'
        . (defined $relay_state ? '?RelayState=' . uri_escape($relay_state) : '');
}

# Where people sign out of Keycloak itself.
sub logout_page { my ($self, $realm) = @_; return $self->entity_id($realm) . '/protocol/openid-connect/logout' }

sub stop {
    my ($self) = @_;
    return if !delete $self->{base};
    $self->{server}->must("$self->{work}/bin/stop", $self->{work});
    return;
}

# Before the folder goes (Interop::Server's END comes after this one's, which was compiled later).
END {
    my $status = $?;
    for my $one (@running) { eval { $one->{base} //= 1; $one->stop; 1 } or warn $@ }
    $? = $status;
}

1;
