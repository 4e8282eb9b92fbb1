# SPDX-License-Identifier: Apache-2.0
# One account from its first login to its end, with SCIM by PATCH at one httpd and browsers at two: out at the next request, taken over
# without a duplicate, and the last administrator kept.
use strict;
use warnings;
use Test::More;
use JSON ();
use BrazeTest;
use BrazeTest::Client;
use BrazeTest::Jit qw(login signed_in refused make_page user_of users_of cookie_of);
use BrazeTest::Node;
use BrazeTest::Scim;

my ($T, $F) = (JSON::true, JSON::false);
make_page('page.html', 'the page');
my $base = base_url();
my $node = BrazeTest::Node->start('lifecycle', <<"C");
<Location "/">
    AuthType            braze-saml
    AuthName            "Dashboard"
    Require             valid-user
    BrazeCompany        "Decorumsoft"
    BrazeJitBaseUrl     $base
    BrazeJitIdpMetadata "\@idpdir\@/idp.xml"
</Location>
<Location "/editors">
    Require braze-group Editors
</Location>
<Location "/scim/v2">
    SetHandler   braze-scim
    AuthType     braze-scim
    AuthName     "SCIM"
    BrazeCompany "Decorumsoft"
    Require      valid-user
</Location>
Alias "/editors/page.html" "\@DocumentRoot\@/page.html"
C
my %client = map { $_ => BrazeTest::Client->new(profile => $_) } qw(strict entra okta);
my $client = $client{strict};
sub enter { my ($email) = @_; my $try = login('/', email => $email); signed_in($try, "$email signs in"); return (cookie_of($try->{res}))[0] }
sub at { my ($url, $cookie) = @_; my $res = browser()->get($url, Cookie => $cookie); return $res->code == 200 ? $res->content : $res->code }
sub sees { my ($cookie) = @_; return join '|', at(base_url('/page.html'), $cookie), at($node->url('/page.html'), $cookie) }
sub sessions { my ($id) = @_; return row('SELECT count(*) AS n FROM braze_session WHERE user_id = ?', $id)->{n} }
my $IN  = 'the page|the page';
my $OUT = '303|303';

# --- out at the next request, on both ----------------------------------------------------------------------

my $bystander = enter('stays@decorumsoft.com');
my %way = (
    'replace active'           => [ strict => { op => 'replace', path => 'active', value => $F } ],
    'replace without a path'   => [ okta => { op => 'replace', value => { active => $F } } ],
    'Replace with a text'      => [ entra => { op => 'Replace', path => 'active', value => 'False' } ],
);
for my $way (sort keys %way) {
    my ($profile, $operation) = @{ $way{$way} };
    my $email = lc($way =~ s/\W+/./gr) . '@decorumsoft.com';
    my @cookies = map { enter($email) } 1, 2;
    my $id = user_of($email)->{id};
    is sees($_), $IN, "$way: seen on both" for @cookies;
    like $client{$profile}->patch("/Users/$id", [$operation])->code, qr/\A20[04]\z/, 'deactivated';
    is sees($_), $OUT, 'out at the next request, on the second httpd too' for @cookies;
    is sessions($id), 0, 'no session is left';
    is sees($bystander), $IN, 'another one stays in';
    refused(login('/', email => $email), 403, 'user_inactive', 'BRAZE-J0302', 'no login meanwhile');
    like $client->patch("/Users/$id", [ { op => 'replace', path => 'active', value => $T } ])->code, qr/\A20[04]\z/, 'activated';
    is sees($cookies[0]), $OUT, 'the old session stays ended';
    is sees(enter($email)), $IN, 'a new one begins';
    is scalar users_of($email), 1, 'of the same account';
}
{
    my $cookie = enter('elsewhere@decorumsoft.com');
    my $id = user_of('elsewhere@decorumsoft.com')->{id};
    like $client->on($node)->patch("/Users/$id", [ { op => 'replace', path => 'active', value => $F } ])->code, qr/\A20[04]\z/, 'deactivated on the second httpd';
    is sees($cookie), $OUT, 'out on the first too';
    my $deleted = enter('deleted@decorumsoft.com');
    is $client->on($node)->delete('/Users/' . user_of('deleted@decorumsoft.com')->{id})->code, 204, 'deleted on the second httpd';
    is sees($deleted), $OUT, 'out on both';
    my $bulk = enter('bulk.out@decorumsoft.com');
    my $bulk_id = user_of('bulk.out@decorumsoft.com')->{id};
    my $res = $client->post('/Bulk', { schemas => [$BrazeTest::Client::BULK], Operations => [ { method => 'PATCH', path => "/Users/$bulk_id",
        data => BrazeTest::Client::patch_body([ { op => 'replace', path => 'active', value => $F } ]) } ] });
    is $res->code, 200, 'deactivated by Bulk' or diag $res->as_string;
    is sees($bulk), $OUT, 'out on both';
}

# --- groups ---------------------------------------------------------------------------------------------------

{
    my $cookie = enter('editor@decorumsoft.com');
    my $id = user_of('editor@decorumsoft.com')->{id};
    my $there = $node->url('/editors/page.html');
    like at($there, $cookie), qr/\A40[13]\z/, 'what needs a group';
    my $group = $client->group('Editors', $id);
    is at($there, $cookie), 'the page', 'is seen at the next request after SCIM has put them in';
    $client->changed("/Groups/$group", { op => 'remove', path => qq(members[value eq "$id"]) });
    like at($there, $cookie), qr/\A40[13]\z/, 'and no more after it has taken them out';
    my $inner = $client->group('Inner editors', $id);
    $client->changed("/Groups/$group", { op => 'add', path => 'members', value => [ { value => $inner } ] });
    is at($there, $cookie), 'the page', 'through a group in the group too';
    $client->delete("/Groups/$group");
    like at($there, $cookie), qr/\A40[13]\z/, 'until it is deleted';
}

# --- taken over ---------------------------------------------------------------------------------------------------

for my $profile (qw(strict entra okta)) {
    my $scim = $client{$profile};
    my $email = "jit.$profile\@decorumsoft.com";
    login('/update', email => $email, names => [ 'Jit', 'Name' ]);
    my $row = user_of($email);
    is "@$row{qw(given_name source)}", 'Jit jit', "$profile: made by a login";
    is_deeply [ map { $_->{id} } @{ $scim->found(qq(userName eq "\U$email"))->{Resources} } ], [ $row->{id} ], 'found by userName';
    is $scim->found(qq(externalId eq "ext-$profile"))->{totalResults}, 0, 'not yet by externalId';
    rfc_error($scim->post('/Users', person($email)), 409, 'uniqueness', undef, 'no second is made');
    my $word = $profile eq 'entra' ? 'Replace' : 'replace';
    like $scim->patch("/Users/$row->{id}", [ { op => $word, path => 'externalId', value => "ext-$profile" }, { op => $word, path => 'name.givenName', value => 'Scim' } ])->code, qr/\A20[04]\z/, 'taken over by PATCH';
    is_deeply [ map { $_->{id} } @{ $scim->found(qq(externalId eq "ext-$profile"))->{Resources} } ], [ $row->{id} ], 'found by externalId';
    is join(' ', @{ user_of($email) }{qw(id given_name source)}), "$row->{id} Scim scim", 'is SCIM\'s now';
    signed_in(login('/update', email => $email, names => [ 'Jit', 'Again' ]), 'who still signs in');
    is join(' ', @{ user_of($email) }{qw(given_name family_name source)}), 'Scim Name scim', 'and keeps what SCIM has said';
    is scalar users_of($email), 1, 'one account throughout';
}
{
    # Renamed by SCIM: the address that the identity provider proves is still theirs.
    login('/', email => 'renamed@decorumsoft.com');
    my $id = user_of('renamed@decorumsoft.com')->{id};
    $client->changed("/Users/$id", { op => 'replace', path => 'userName', value => 'emp-4711' });
    signed_in(login('/', email => 'renamed@decorumsoft.com'), 'renamed by SCIM, signs in with the same address');
    is scalar users_of('renamed@decorumsoft.com'), 0, 'no other was made';
    ok sessions($id), 'it is the same account';
}

# --- the last administrator -----------------------------------------------------------------------------------------

{
    company('Lastthree');
    my $last = BrazeTest::Client->new(at => '/s/lastthree', company => 'Lastthree');
    my $okta = BrazeTest::Client->new(at => '/s/lastthree', company => 'Lastthree', profile => 'okta');
    my @admins = map { $last->user("admin$_\@last.example", $DASHBOARD => { permissions => [ { value => 'company/admin' } ] }) } 1, 2;
    my $off = { op => 'replace', path => 'active', value => $F };
    like $last->patch("/Users/$admins[0]", [$off])->code, qr/\A20[04]\z/, 'one of two administrators is deactivated';
    for my $how ([ deactivated => $off ], [ 'deactivated without a path' => { op => 'replace', value => { active => $F } } ],
        [ 'robbed of it' => { op => 'replace', path => "$DASHBOARD:permissions", value => [] } ], [ 'robbed of everything' => { op => 'remove', path => "$DASHBOARD:permissions" } ]) {
        my $res = $last->patch("/Users/$admins[1]", [ { op => 'replace', path => 'title', value => 'Nobody' }, $how->[1] ]);
        rfc_error($res, 409, $res->{json}{scimType}, qr/administrator/i, "the last one is not $how->[0]");
    }
    rfc_error($last->delete("/Users/$admins[1]"), 409, undef, qr/administrator/i, 'nor deleted');
    my $res = $last->post('/Bulk', { schemas => [$BrazeTest::Client::BULK], Operations => [ { method => 'DELETE', path => "/Users/$admins[1]" } ] });
    is $res->{json}{Operations}[0]{status}, '409', 'nor by Bulk' or diag $res->as_string;
    my $row = user_row($admins[1]);
    is "@$row{qw(active admin version)}", '1 1 1', 'who is as before';
    like $last->patch("/Users/$admins[1]", [ { op => 'replace', path => 'title', value => 'Chief' } ])->code, qr/\A20[04]\z/, 'anything else may change';
    like $okta->patch("/Users/$admins[0]", [ { op => 'replace', value => { active => $T } } ])->code, qr/\A20[04]\z/, 'with the other one back';
    is $last->delete("/Users/$admins[1]")->code, 204, 'they may go';
}

secrets_hidden();
done_testing;
