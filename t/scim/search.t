# SPDX-License-Identifier: Apache-2.0
# Queries by POST .search, at the root and at a type, and GET of the root: users and groups together (RFC 7644 sections 3.4.2.1 and 3.4.3).
use strict;
use warnings;
use utf8;
use Test::More;
use JSON ();
use BrazeTest;
use BrazeTest::Client;
use BrazeTest::Scim;

company('Searchco');
my $client = BrazeTest::Client->new(at => '/s/search', company => 'Searchco');
my $GROUP  = $BrazeTest::Client::GROUP;
my @users  = map { $client->user("s$_\@search.example", displayName => "Name $_", title => $_ % 2 ? 'Odd' : 'Even') } 1 .. 4;
my @groups = map { $client->group("Name $_", $users[0]) } 1 .. 3;

sub search { my ($path, %query) = @_; return $client->post("$path/.search", { schemas => [$BrazeTest::Client::SEARCH], %query }) }
my %short = ((map { $users[$_] => 'u' . ($_ + 1) } 0 .. 3), map { $groups[$_] => 'g' . ($_ + 1) } 0 .. 2);
sub who { my ($res) = @_; return join ' ', map { $short{ $_->{id} } // '?' } @{ $res->{json}{Resources} // [] } }
sub sorted { my ($res) = @_; return join ' ', sort split ' ', who($res) }

my $res = search('/Users', filter => 'title eq "odd"', attributes => ['userName'], sortBy => 'userName', sortOrder => 'descending');
is $res->code, 200, 'a search of users' or diag $res->as_string;
is $res->header('Content-Type'), 'application/scim+json', 'as scim+json';
is who($res), 'u3 u1', 'filtered and sorted';
is_deeply $res->{json}{schemas}, [$LIST], 'by a ListResponse';
is_deeply [ sort keys %{ $res->{json}{Resources}[0] } ], [qw(id schemas userName)], 'projected';
is who(search('/Users', startIndex => 2, count => 2)), 'u2 u3', 'a page';
is search('/Users', count => 0)->{json}{totalResults}, 4, 'counted';
is who(search('/Groups', filter => 'displayName eq "name 2"')), 'g2', 'of groups';
ok !exists search('/Groups', excludedAttributes => ['members'])->{json}{Resources}[0]{members}, 'without members';
{
    my $json = search('/Users', cursor => '', count => 3)->{json};
    is join(' ', map { $short{ $_->{id} } } @{ $json->{Resources} }), 'u1 u2 u3', 'by cursor';
    is who(search('/Users', cursor => $json->{nextCursor} // 'none', count => 3)), 'u4', 'and on (RFC 9865 section 3)';
}
is search('/Users')->{json}{totalResults}, $client->read('/Users')->{totalResults}, 'a search for nothing is a list';

# --- the root ---------------------------------------------------------------------------------------------

$res = search('');
is $res->code, 200, 'a search of everything' or diag $res->as_string;
is sorted($res), 'g1 g2 g3 u1 u2 u3 u4', 'has users and groups';
is $res->{json}{totalResults}, 7, 'counted together';
is_deeply { map { $_->{id} => $_->{meta}{resourceType} } @{ $res->{json}{Resources} } }, { (map { $_ => 'User' } @users), map { $_ => 'Group' } @groups }, 'each with its resourceType';
is sorted(search('', filter => 'displayName co "NAME 2"')), 'g2 u2', 'an attribute of both';
is sorted(search('', filter => 'meta.resourceType eq "Group"')), 'g1 g2 g3', 'by type';
is sorted(search('', filter => 'meta.resourceType eq "User" and displayName ew "3"')), 'u3', 'by type and more';
is sorted(search('', filter => "id eq \"$groups[1]\"")), 'g2', 'by id';
is sorted(search('', filter => 'userName eq "s1@search.example"')), 'u1', 'an attribute of one of them finds those';
is sorted(search('', filter => 'userName pr or displayName eq "name 1"')), 'g1 u1 u2 u3 u4', 'what a group has not is absent there (RFC 7644 section 3.4.2.1)';
is search('', filter => 'userName pr or displayName eq "name 1"', count => 0)->{json}{totalResults}, 5, 'counted right';
{
    my @walked;
    for (my $at = 1; $at < 20;) {
        my $page = search('', startIndex => $at, count => 2);
        last if !@{ $page->{json}{Resources} // [] };
        push @walked, split ' ', who($page);
        $at += $page->{json}{itemsPerPage};
    }
    is join(' ', sort @walked), 'g1 g2 g3 u1 u2 u3 u4', 'in pages everything once';
}
{
    # By cursor, there and back: users and groups in one walk (RFC 9865 section 2).
    my ($cursor, @there, @back, $page) = ('');
    while (defined $cursor) {
        $page = search('', cursor => $cursor, count => 3)->{json};
        push @there, map { $short{ $_->{id} } // '?' } @{ $page->{Resources} // [] };
        last if @there > 20;
        $cursor = $page->{nextCursor};
    }
    is join(' ', sort @there), 'g1 g2 g3 u1 u2 u3 u4', 'by cursor everything once';
    while (defined($cursor = $page->{previousCursor}) && @back < 20) {
        $page = search('', cursor => $cursor, count => 3)->{json};
        unshift @back, map { $short{ $_->{id} } // '?' } @{ $page->{Resources} // [] };
    }
    is_deeply \@back, [ @there[ 0 .. $#back ] ], 'and back';
    cmp_ok scalar @back, '>=', 3, 'by more than a page';
    my $first = $client->read('/?cursor=&count=2');
    is $client->read("/?cursor=$first->{nextCursor}&count=200")->{itemsPerPage}, 5, 'by GET too';
    rfc_error($client->get("/Users?cursor=$first->{nextCursor}"), 400, 'invalidCursor', undef, 'the cursor of the root is none of the users');
}
is scalar @{ $client->at('/s/search/small')->post('/.search', { schemas => [$BrazeTest::Client::SEARCH] })->{json}{Resources} }, 2, 'cut to BrazeScimMaxResults';
$res = $client->get('/' . filter_of('displayName eq "name 2"'));
is $res->code, 200, 'GET of the root' or diag $res->as_string;
is sorted($res), 'g2 u2', 'is the same search';

# --- what is refused ------------------------------------------------------------------------------------------

for my $path ('', '/Users', '/Groups') {
    my $name = $path || '/';
    rfc_error(search($path, filter => 'unknown eq "x"'), 400, 'invalidFilter', qr/unknown/, "$name: an unknown attribute");
    rfc_error(search($path, filter => 'displayName eq'), 400, 'invalidFilter', undef, "$name: half a filter");
    for (
        [ 'attributes and excludedAttributes', { schemas => [$BrazeTest::Client::SEARCH], attributes => ['displayName'], excludedAttributes => ['meta'] } ], [ 'a filter that is no text', { schemas => [$BrazeTest::Client::SEARCH], filter => 7 } ],
        [ 'attributes as text', { schemas => [$BrazeTest::Client::SEARCH], attributes => 'userName' } ], [ 'count as text', { schemas => [$BrazeTest::Client::SEARCH], count => 'x' } ], [ 'another schema', { schemas => [$CORE] } ], [ 'no schemas', {} ],
        [ 'not JSON', '{' ], [ 'a list', [] ],
    ) {
        my $answer = $client->post("$path/.search", $_->[1]);
        rfc_error($answer, 400, $answer->{json}{scimType}, qr/./, "$name: $_->[0]");
    }
    rfc_error($client->post("$path/.search", { schemas => [$BrazeTest::Client::SEARCH] }, 'Content-Type' => 'text/xml'), 415, undef, undef, "$name: 415");
    my $get = $client->get("$path/.search");
    rfc_error($get, 405, undef, undef, "$name: GET");
    is $get->header('Allow'), 'POST', 'with Allow';
}
rfc_error(search('/Users', filter => 'members eq "x"'), 400, 'invalidFilter', undef, 'a group\'s attribute is none of a user');
rfc_error($client->post('/Schemas/.search', { schemas => [$BrazeTest::Client::SEARCH] }), $_, undef, undef, 'discovery is not searched') for $client->post('/Schemas/.search', {})->code == 405 ? 405 : 404;

# --- another company ----------------------------------------------------------------------------------------------

my $other = BrazeTest::Client->new(at => '/s/other', company => 'Otherco');
for my $path ('', '/Users', '/Groups') {
    my $answer = $other->post("$path/.search", { schemas => [$BrazeTest::Client::SEARCH], filter => 'displayName sw "Name "', count => 200 });
    is scalar(grep { $short{ $_->{id} } } @{ $answer->{json}{Resources} // [] }), 0, ($path || '/') . ': another company finds none of it';
    is $answer->{json}{totalResults}, 0, 'nor counts it';
}

secrets_hidden();
done_testing;
