# SPDX-License-Identifier: Apache-2.0
# Preconditions on users and groups alike (RFC 7644 section 3.14, RFC 9110 section 13): 304, 412, and who of many writers wins.
use strict;
use warnings;
use Test::More;
use JSON ();
use BrazeTest;
use BrazeTest::Client;
use BrazeTest::Scim;

my $client = BrazeTest::Client->new;
my $GROUP = $BrazeTest::Client::GROUP;
my %kind = (
    Users  => { make => sub { $client->user("conditional$_[0]\@scim.example") }, body => sub { person("conditional$_[0]\@scim.example", displayName => $_[1]) }, row => 'braze_user' },
    Groups => { make => sub { $client->group("Conditional $_[0]") }, body => sub { { schemas => [$GROUP], displayName => $_[1] } }, row => 'braze_group' },
);
my $n = 0;

for my $kind (sort keys %kind) {
    my %is = %{ $kind{$kind} };
    my ($id, $path);
    my $new = sub { $id = $is{make}->(++$n); $path = "/$kind/$id" };
    my $version = sub { return row("SELECT version FROM $is{row} WHERE id = ?", $id)->{version} };
    my $patch = sub { my (@headers) = @_; return $client->patch($path, [ { op => 'replace', path => 'displayName', value => 'P' . ++$n } ], @headers) };
    my $put = sub { my (@headers) = @_; return $client->put($path, $is{body}->($n, 'U' . ++$n), @headers) };

    # --- reading
    $new->();
    is $client->get($path)->header('ETag'), 'W/"1"', "$kind: the tag of what is new";
    is $client->read($path)->{meta}{version}, 'W/"1"', 'is meta.version';
    for my $tag ('W/"1"', '"1"', '*', '"0", W/"1"', ' W/"1" ', 'W/"1-gzip"') { # the last as mod_deflate makes it
        my $answer = raw_scim('GET', "/scim/v2$path", undef, $client->auth, 'If-None-Match' => $tag);
        is_deeply [ @$answer{qw(line body)}, $answer->{head}{ETag} ], [ 'HTTP/1.1 304 Not Modified', '', 'W/"1"' ], "$kind: GET, If-None-Match: $tag is 304";
        is $client->get($path, 'If-Match' => $tag)->code, 200, "If-Match: $tag is 200";
        is $client->get("$path?attributes=displayName", 'If-None-Match' => $tag)->code, 304, 'whatever is asked for';
    }
    for my $tag ('W/"2"', '"11"', 'W/"10"', '1', '*1') { # the last two are no tags
        is $client->get($path, 'If-None-Match' => $tag)->code, 200, "$kind: GET, If-None-Match: $tag is 200";
        rfc_error($client->get($path, 'If-Match' => $tag), 412, undef, undef, "If-Match: $tag is 412");
    }
    my $head = raw_scim('HEAD', "/scim/v2$path", undef, $client->auth);
    is_deeply [ $head->{line}, $head->{body}, $head->{head}{ETag} ], [ 'HTTP/1.1 200 OK', '', 'W/"1"' ], "$kind: HEAD has it";
    is $client->call('HEAD', $path, undef, 'If-None-Match' => 'W/"1"')->code, 304, 'and 304';
    is $client->get("/$kind", 'If-None-Match' => '*')->code, 200, 'a list has no tag';

    # --- changing
    for my $how ([ PATCH => $patch ], [ PUT => $put ]) {
        my ($name, $change) = @$how;
        $new->();
        my $res = $change->('If-Match' => 'W/"1"');
        like $res->code, qr/\A20[04]\z/, "$kind: $name with the right tag" or diag $res->as_string;
        is $res->header('ETag'), 'W/"2"', 'gives the next one';
        rfc_error($change->('If-Match' => 'W/"1"'), 412, undef, qr/./, "$kind: $name with the old one is 412");
        like $change->('If-Match' => '"7", "2"')->code, qr/\A20[04]\z/, 'one of several';
        like $change->('If-Match' => '*')->code, qr/\A20[04]\z/, 'any';
        rfc_error($change->('If-None-Match' => '*'), 412, undef, undef, "$kind: $name, If-None-Match: * is 412 where there is something");
        rfc_error($change->('If-None-Match' => 'W/"4"'), 412, undef, undef, 'and with its own tag');
        like $change->('If-None-Match' => 'W/"1"')->code, qr/\A20[04]\z/, 'not with an old one';
        is $version->(), 5, 'four changes in all';
        rfc_error($change->('If-Match' => 'W/"5"', 'If-None-Match' => 'W/"5"'), 412, undef, undef, 'both must hold');
    }
    rfc_error($client->delete($path, 'If-Match' => 'W/"1"'), 412, undef, undef, "$kind: DELETE with an old tag");
    rfc_error($client->delete($path, 'If-None-Match' => '*'), 412, undef, undef, 'or If-None-Match: *');
    is $client->delete($path, 'If-Match' => 'W/"5"')->code, 204, 'with the right one';
    my $gone = $client->delete($path, 'If-Match' => 'W/"5"');
    like $gone->code, qr/\A4(?:04|12)\z/, 'what is gone fits no tag';

    # --- many writers with one tag
    $new->();
    my @res = at_once(map { $client->bytes('PATCH', $path, BrazeTest::Client::patch_body([ { op => 'replace', path => 'displayName', value => "W$_" } ]), 'If-Match' => 'W/"1"') } 1 .. 30);
    is scalar(grep { $_->code =~ /\A20[04]\z/ } @res), 1, "$kind: of 30 PATCHes with one tag one wins";
    is scalar(grep { $_->code == 412 } @res), 29, 'the others are told 412' or diag join ' ', map { $_->code } @res;
    is $version->(), 2, 'and it was one change';
}

{
    my $group = $client->group('Versioned');
    my $user = $client->user('conditional.member@scim.example');
    $client->changed("/Groups/$group", { op => 'add', path => 'members', value => [ { value => $user } ] });
    is $client->get("/Groups/$group")->header('ETag'), 'W/"2"', 'a change of members is one of the group';
    is $client->get("/Groups/$group", 'If-None-Match' => 'W/"1"')->code, 200, 'so that a cache sees it';
    is $client->post('/Users', person('conditional.post@scim.example'), 'If-None-Match' => '*')->code, 201, 'POST makes something new in any case';
}

secrets_hidden();
done_testing;
