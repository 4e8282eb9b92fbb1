# SPDX-License-Identifier: Apache-2.0
# Finding users: userName eq, and pages of all.
use strict;
use warnings;
use utf8;
use Test::More;
use JSON ();
use BrazeTest;
use BrazeTest::Scim;

company('Listco');
my $token = token(company => 'Listco');
my @auth = @{ $token->{auth} };
sub list { my ($query, $place) = @_; return scim('GET', ($place // '/s/list') . "/Users$query", undef, @auth) }

my $res = list('');
is_deeply $res->{json}, { schemas => [$LIST], totalResults => 0, startIndex => 1, itemsPerPage => 0, Resources => [] }, 'nobody is there';
is $res->header('Content-Type'), 'application/scim+json', 'as scim+json';

my @names = ('first@list.example', 'Großmann@list.example', 'İpek@list.example', 'quo"te\\back@list.example', "comb\x{65}\x{301}\@list.example", 'ΣΊΣΥΦΟΣ@list.example', 'seventh@list.example');
my @ids = map { made($token, person($_), '/s/list/Users') } @names;

# --- userName eq ---------------------------------------------------------------------------------

sub found_by { my ($filter) = @_; my $res = list(filter_of($filter)); return $res->code == 200 ? join ' ', map { $_->{userName} } @{ $res->{json}{Resources} } : $res->as_string }
for (
    [ 'userName eq "first@list.example"', $names[0] ],
    [ 'userName eq "FIRST@LIST.example"', $names[0], 'whatever its case' ],
    [ 'USERNAME EQ "first@list.example"', $names[0], 'or that of attribute and operator' ],
    [ "$CORE:userName eq \"first\@list.example\"", $names[0], 'with the schema before it' ],
    [ '  userName   eq   "first@list.example"  ', $names[0], 'with more blanks' ],
    [ '(userName eq "first@list.example")', $names[0], 'in parentheses' ],
    [ 'userName eq "GROSSMANN@list.example"', $names[1], 'ß folds to ss' ],
    [ 'userName eq "großmann@list.example"', $names[1], 'and back' ],
    [ "userName eq \"i\x{307}pek\@list.example\"", $names[2], 'İ folds to i with a dot above' ],
    [ 'userName eq "quo\"te\\\\back@list.example"', $names[3], 'escapes of JSON' ],
    [ 'userName eq "\u0066irst\u0040list.example"', $names[0], 'and by number' ],
    [ "userName eq \"comb\x{e9}\@list.example\"", $names[4], 'composed finds decomposed' ],
    [ 'userName eq "comb\u00c9@LIST.example"', $names[4], 'in upper case, by number' ],
    [ 'userName eq "σίσυφος@list.example"', $names[5], 'final and other sigma are one' ],
    [ 'userName eq "nobody@list.example"', '' ],
    [ 'userName eq "first"', '', 'a part is not the whole' ],
    [ 'userName eq "%@list.example"', '', 'no pattern of SQL' ],
    [ q{userName eq "' OR '1'='1"}, '', 'no SQL' ],
    [ 'userName eq ""', '', 'the empty name' ],
    [ 'userName eq "' . 'x' x 5000 . '"', '', 'a very long one' ],
    [ 'userName eq "\ud83d\ude00"', '', 'a surrogate pair' ],
) {
    my ($filter, $want, $name) = @$_;
    is found_by($filter), $want, substr($filter, 0, 60) . ($name ? ": $name" : '');
}
$res = list(filter_of('userName eq "first@list.example"'));
is_deeply { %{ $res->{json} }, Resources => 0 }, { schemas => [$LIST], totalResults => 1, startIndex => 1, itemsPerPage => 1, Resources => 0 }, 'a list of one';
is_deeply $res->{json}{Resources}[0], scim('GET', "/s/list/Users/$ids[0]", undef, @auth)->{json}, 'with the whole user';
$res = list(filter_of('userName eq "first@list.example"') . '&attributes=userName');
is_deeply $res->{json}{Resources}, [ { schemas => $res->{json}{Resources}[0]{schemas}, id => $ids[0], userName => $names[0] } ], 'or what attributes asks for';
is_deeply [ @{ list(filter_of('userName eq "first@list.example"') . $_)->{json} }{qw(totalResults itemsPerPage)} ], [ 1, 0 ], "counted only: $_"
    for '&count=0', '&startIndex=2';

for my $filter ('', 'userName', 'userName eq', 'userName eq first', q{userName eq 'a'}, 'userName eq "a', 'eq "a"', 'userName xx "a"', 'unknown eq "a"',
    'userName.x eq "a"', 'urn:other:User:userName eq "a"', 'userName eq "\x"', 'userName eq "\ud83d"', 'userName eq "a" and', '(userName eq "a"', 'userName eq "a")',
    "userName eq \"a\tb\"", '(' x 200 . 'userName eq "a"' . ')' x 200) {
    next if $filter eq ''; # RFC 7644 does not say what an empty filter is
    rfc_error(list(filter_of($filter)), 400, 'invalidFilter', undef, 'invalid: ' . substr $filter, 0, 50);
}
rfc_error(list("?filter=$_"), 400, 'invalidFilter', undef, "invalid: ?filter=$_") for 'userName%20eq%20%22%ff%22', '%zz', 'userName%20eq%20%22a%00b%22', '%';
rfc_error(list('?filter=a&filter=b'), 400, 'invalidFilter', undef, 'a filter twice');

# --- pages ---------------------------------------------------------------------------------------

sub page { my ($query, $place) = @_; my $json = list($query, $place)->{json}; return "@$json{qw(totalResults startIndex itemsPerPage)}: " . join ' ', map { index_of($_->{id}) } @{ $json->{Resources} } }
sub index_of { my ($id) = @_; my ($at) = grep { $ids[$_] eq $id } 0 .. $#ids; return $at // $id }
for (
    [ '', '7 1 7: 0 1 2 3 4 5 6', 'all, in the order in which they came' ],
    [ '?count=3', '7 1 3: 0 1 2' ],
    [ '?startIndex=3&count=2', '7 3 2: 2 3' ],
    [ '?startIndex=6&count=10', '7 6 2: 5 6', 'itemsPerPage is what was returned' ],
    [ '?startIndex=8', '7 8 0: ', 'past the end' ],
    [ '?startIndex=1000000000', '7 1000000000 0: ' ],
    [ '?startIndex=0', '7 1 7: 0 1 2 3 4 5 6', '0 counts as 1' ],
    [ '?startIndex=-5&count=1', '7 1 1: 0', 'and so does what is less' ],
    [ '?count=0', '7 1 0: ', 'none, but counted' ],
    [ '?count=-1', '7 1 0: ', 'a negative count is 0' ],
    [ '?count=1000000000', '7 1 7: 0 1 2 3 4 5 6', 'more than there are' ],
    [ '?count=9223372036854775808', '7 1 7: 0 1 2 3 4 5 6', 'more than a number can be' ],
    [ '?startindex=3&COUNT=2', '7 1 7: 0 1 2 3 4 5 6', 'names of parameters have a case' ],
    [ '?other=1&count=2&', '7 1 2: 0 1', 'what is unknown is passed over' ],
) {
    my ($query, $want, $name) = @$_;
    is page($query), $want, ($query || 'no query') . ($name ? ": $name" : '');
}
like list('?startIndex=9223372036854775807')->{json}{totalResults} // '', qr/\A7\z/, 'the greatest startIndex';
rfc_error(list("?$_"), 400, 'invalidValue', undef, "refused: $_") for 'startIndex=x', 'count=1.5', 'count=', 'startIndex=1&startIndex=2', 'count=1%00';
is page('?count=5', '/s/page'), '7 1 2: 0 1', 'BrazeScimMaxResults cuts a page';
is page('', '/s/page'), '7 1 2: 0 1', 'and the usual size';
is page('?count=5', '/s/page/usual'), '7 1 5: 0 1 2 3 4', 'and can be set back';

my @walked;
for (my $at = 1; ; ) {
    my $json = list("?startIndex=$at&count=3&attributes=id")->{json};
    push @walked, map { index_of($_->{id}) } @{ $json->{Resources} };
    made($token, person("late-$at\@list.example"), '/s/list/Users') if $at == 1;
    last if !$json->{itemsPerPage};
    $at += $json->{itemsPerPage};
}
is "@walked[0 .. 6]", '0 1 2 3 4 5 6', 'a walk meets everybody once, though others are added meanwhile';
is scalar @walked, 8, 'and these at its end';

secrets_hidden();
done_testing;
