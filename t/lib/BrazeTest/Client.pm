# SPDX-License-Identifier: Apache-2.0
# A SCIM client with a token of its own at one of the locations of t/conf/scim.conf.in:
#
#     my $entra = BrazeTest::Client->new(profile => 'entra');
#     my $id = $entra->user('ada@example.com', active => JSON::true);
#     $entra->patch("/Users/$id", [ { op => 'Replace', path => 'title', value => 'T' } ])->code;
#     is_deeply [ $entra->names('title eq "T"') ], ['ada@example.com'];
package BrazeTest::Client;

use strict;
use warnings;
use utf8;
use Carp qw(croak);
use JSON ();
use BrazeTest;
use BrazeTest::Scim;

our $GROUP  = 'urn:ietf:params:scim:schemas:core:2.0:Group';
our $PATCH  = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
our $SEARCH = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';
our $BULK   = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';

# new(at => path ['/scim/v2'], node => another httpd, and any option of token()).
sub new {
    my ($class, %opt) = @_;
    my $at   = delete $opt{at} // '/scim/v2';
    my $node = delete $opt{node};
    my $token = delete $opt{token} // token(%opt);
    return bless { token => $token, at => $at, base => $node ? $node->base : base_url() }, $class;
}

# The same client elsewhere: at(path), on(node).
sub at { my ($self, $at) = @_; return bless { %$self, at => $at }, ref $self }
sub on { my ($self, $node) = @_; return bless { %$self, base => $node->base }, ref $self }

sub auth { my ($self) = @_; return @{ $self->{token}{auth} } }
sub url  { my ($self, $path) = @_; return "$self->{base}$self->{at}$path" }
# The bytes of a request, for at_once().
sub bytes { my ($self, $method, $path, $body, @headers) = @_; return request_bytes($method, "$self->{at}$path", $body, $self->auth, @headers) }
sub patch_bytes { my ($self, $path, $operations) = @_; return $self->bytes('PATCH', $path, patch_body($operations)) }

sub call {
    my ($self, $method, $path, $body, @headers) = @_;
    return scim($method, $self->url($path), $body, $self->auth, @headers);
}

sub get    { my ($self, $path, @headers) = @_; return $self->call('GET', $path, undef, @headers) }
sub post   { my ($self, $path, $body, @headers) = @_; return $self->call('POST', $path, $body, @headers) }
sub put    { my ($self, $path, $body, @headers) = @_; return $self->call('PUT', $path, $body, @headers) }
sub delete { my ($self, $path, @headers) = @_; return $self->call('DELETE', $path, undef, @headers) } ## no critic

sub patch_body { my ($operations) = @_; return { schemas => [$PATCH], Operations => $operations } }
sub patch { my ($self, $path, $operations, @headers) = @_; return $self->call('PATCH', $path, patch_body($operations), @headers) }

# What must succeed: user() and group() give an id, read() the resource, changed() the resource after a PATCH.
sub user {
    my ($self, $name, %more) = @_;
    return made($self->{token}, person($name, %more), $self->{base} . "$self->{at}/Users");
}

sub group {
    my ($self, $name, @members) = @_;
    my %more = ref $members[-1] eq 'HASH' ? %{ pop @members } : ();
    my $body = { schemas => [$GROUP], displayName => $name, @members ? (members => [ map { { value => $_ } } @members ]) : (), %more };
    return made($self->{token}, $body, $self->{base} . "$self->{at}/Groups");
}

sub read { ## no critic
    my ($self, $path) = @_;
    my $res = $self->get($path);
    croak "GET $path: " . $res->as_string if $res->code != 200;
    return $res->{json};
}

sub changed {
    my ($self, $path, @operations) = @_;
    my $res = $self->patch($path, \@operations);
    croak "PATCH $path: " . $res->as_string if $res->code !~ /\A20[04]\z/;
    return $self->read($path);
}

# members(group id): ids of the direct members, sorted.
sub members {
    my ($self, $id) = @_;
    return sort map { $_->{value} } @{ $self->read("/Groups/$id")->{members} // [] };
}

# found(filter, path ['/Users'], more of the query): the answer's JSON; croaks unless it is 200.
sub found {
    my ($self, $filter, $path, $more) = @_;
    $path //= '/Users';
    return $self->read($path . filter_of($filter) . ($more // ''));
}

sub names { my ($self, $filter, $more) = @_; return sort map { $_->{userName} } @{ $self->found($filter, '/Users', $more)->{Resources} } }

1;
