# SPDX-License-Identifier: Apache-2.0
# Discovery over HTTP (RFC 7644 section 4): every resource by itself and in its list, no filters, nothing to change; and that what
# /Schemas says of an attribute is what the service does with it. Each answer to the byte is in t/cases/scim/discovery.json.
use strict;
use warnings;
use Test::More;
use JSON ();
use BrazeTest;
use BrazeTest::Client;
use BrazeTest::Scim;

my $client = BrazeTest::Client->new;
my $GROUP  = $BrazeTest::Client::GROUP;
my %list = (ResourceTypes => [qw(Group User)], Schemas => [ sort $CORE, $ENTERPRISE, $DASHBOARD, $GROUP ]);

my $config = $client->read('/ServiceProviderConfig');
is $config->{meta}{location}, base_url('/scim/v2/ServiceProviderConfig'), 'ServiceProviderConfig says where it is';
is join(' ', map { $config->{$_}{supported} ? $_ : "no-$_" } qw(patch bulk filter changePassword sort etag)), 'patch bulk filter no-changePassword sort etag', 'and what there is';

my %schema;
for my $kind (sort keys %list) {
    my $json = $client->read("/$kind");
    my @there = @{ $json->{Resources} };
    is_deeply [ sort map { $_->{id} } @there ], $list{$kind}, "/$kind has them all";
    is_deeply [ @$json{qw(totalResults itemsPerPage)} ], [ (scalar @there) x 2 ], 'counted';
    for my $one (@there) {
        is_deeply $client->read("/$kind/$one->{id}"), $one, "/$kind/$one->{id} is the same by itself";
        is $one->{meta}{location}, base_url("/scim/v2/$kind/$one->{id}"), 'at its location';
        $schema{ $one->{id} } = $one if $kind eq 'Schemas';
    }
    is_deeply $client->read("/$kind?count=1&startIndex=2&sortBy=id"), $json, 'paging and order do not apply (RFC 7644 section 4)';
    rfc_error($client->get("/$kind/nothing"), 404, undef, qr/nothing/, 'what is not there');
}
for my $path ('/ServiceProviderConfig', map({ my $kind = $_; ("/$kind", map {"/$kind/$_"} @{ $list{$kind} }) } sort keys %list)) {
    my $res = $client->get($path . filter_of('id pr'));
    rfc_error($res, 403, undef, qr/discovery/, "a filter on $path is 403 (RFC 7644 section 4)");
    is $res->header('WWW-Authenticate'), undef, 'which no other token would mend';
    for my $method (qw(POST PUT PATCH DELETE)) {
        $res = $client->call($method, $path, $method eq 'DELETE' ? undef : {});
        rfc_error($res, 405, undef, qr/\A$method does not apply/, "$method $path");
        is $res->header('Allow'), 'GET, HEAD', 'with Allow';
    }
    is $client->call('HEAD', $path)->code, 200, 'HEAD';
}
is scim('GET', '/scim/v2/Schemas', undef)->code, 401, 'not without a token';

# --- what is said and what is done -----------------------------------------------------------------

# A value of an attribute's type; of a canonical one the first that is suggested.
sub value_of {
    my ($attr, $n) = @_;
    my $one = $attr->{type} eq 'complex' ? { map { $_->{name} => value_of($_, $n) } grep { $_->{mutability} =~ /Write|immutable/ && $_->{name} ne '$ref' } @{ $attr->{subAttributes} } }
        : $attr->{canonicalValues} ? $attr->{canonicalValues}[0]
        : { boolean => JSON::true, dateTime => '2024-05-06T07:08:09Z', binary => 'QUJD', integer => 7, decimal => 1.5, reference => "https://x.example/$n" }->{ $attr->{type} } // "text $n";
    return $attr->{multiValued} ? [$one] : $one;
}

for my $urn ($CORE, $ENTERPRISE) {
    for my $attr (@{ $schema{$urn}{attributes} }) {
        my $name = $attr->{name};
        next if $name =~ /\A(?:userName|active|groups)\z/; # read below
        my $id = $client->user("said.$name\@scim.example", schemas => [ $CORE, $ENTERPRISE ], $ENTERPRISE => { costCenter => 'c' });
        my $path = $urn eq $CORE ? $name : "$urn:$name";
        my $value = value_of($attr, $name);
        my $in = sub { my ($json) = @_; return ($urn eq $CORE ? $json : $json->{$urn})->{$name} };
        my $json = $client->changed("/Users/$id", { op => 'replace', path => $path, value => $value });
        if ($attr->{returned} eq 'never') { ok !defined $in->($json), "$path is never returned"; next }
        is_deeply $in->($json), $value, "$path: what /Schemas calls writable is written and read back";
        is $client->found(qq(id eq "$id" and $path pr))->{totalResults}, 1, 'found by a filter';
        my $without = $client->read("/Users/$id?excludedAttributes=" . uri_text($path));
        ok !defined $in->($without), 'left out when it is excluded';
        is_deeply [ grep { !/\A(?:id|schemas)\z/ } keys %{ $client->read("/Users/$id?attributes=" . uri_text($path)) } ], [ $urn eq $CORE ? $name : $urn ], 'alone when it is asked for';
        for my $sub (grep { $_->{returned} eq 'default' && $_->{mutability} ne 'readOnly' } @{ $attr->{subAttributes} // [] }) {
            my $part = $in->($client->read("/Users/$id?excludedAttributes=" . uri_text("$path.$sub->{name}")));
            my $rest = ref $part eq 'ARRAY' ? $part->[0] : $part;
            ok !exists $rest->{ $sub->{name} }, "without its $sub->{name}" if defined $rest;
        }
        $json = $client->changed("/Users/$id", { op => 'remove', path => $path });
        ok !defined $in->($json), 'and removed';
    }
}
for my $urn ($CORE, $DASHBOARD) {
    for my $attr (grep { $_->{mutability} eq 'readOnly' } @{ $schema{$urn}{attributes} }) {
        my $id = $client->user("readonly.$attr->{name}\@scim.example");
        my $path = $urn eq $CORE ? $attr->{name} : "$urn:$attr->{name}";
        rfc_error($client->patch("/Users/$id", [ { op => 'replace', path => $path, value => value_of($attr, 'x') } ]), 400, 'mutability', qr/\Q$attr->{name}\E/, "$path: what /Schemas calls read-only is not written");
    }
}

secrets_hidden();
done_testing;
