# SPDX-License-Identifier: Apache-2.0
# Companies are kept apart: neither an id nor a name of one is anything in another, and no token is.
use strict;
use warnings;
use Test::More;
use BrazeTest;
use BrazeTest::Scim;

my %token = (ours => token(), theirs => token(company => 'Otherco'));
my %at = (ours => '/scim/v2', theirs => '/s/other');
my %id = map { $_ => made($token{$_}, person("$_\@company.example", externalId => $_), "$at{$_}/Users") } qw(ours theirs);
sub call { my ($who, $method, $path, $body) = @_; return scim($method, "$at{$who}$path", $body, @{ $token{$who}{auth} }) }
sub all_rows { return join "\n", map { join '|', map { $_ // '' } @{$_}{ sort keys %$_ } } rows('SELECT * FROM braze_user WHERE id IN (?, ?) ORDER BY id', @id{qw(ours theirs)}) }

my $before = all_rows();
for ([ 'ours', 'theirs' ], [ 'theirs', 'ours' ]) {
    my ($me, $them) = @$_;
    is call($me, 'GET', "/Users/$id{$me}")->code, 200, "$me: the own user is read";
    rfc_error(call($me, 'GET', "/Users/$id{$them}"), 404, undef, qr/\AThere is no user with the id "$id{$them}"\.\z/, "the other's is not there");
    rfc_error(call($me, 'PUT', "/Users/$id{$them}", person('taken.over@company.example')), 404, undef, undef, 'nor to be replaced');
    rfc_error(call($me, 'DELETE', "/Users/$id{$them}"), 404, undef, undef, 'nor to be deleted');
    is call($me, 'GET', '/Users' . filter_of("userName eq \"$them\@company.example\""))->{json}{totalResults}, 0, 'nor to be found';
    my $last = call($me, 'GET', '/Users?count=0')->{json}{totalResults}; # other suites have made people too; ours are the newest
    my @listed = map { $_->{id} } @{ call($me, 'GET', '/Users?attributes=id&startIndex=' . ($last > 50 ? $last - 50 : 1))->{json}{Resources} };
    ok scalar(grep { $_ eq $id{$me} } @listed), 'a list has the own';
    ok !grep({ $_ eq $id{$them} } @listed), "and not the other's";
    rfc_error(scim('GET', "$at{$them}/Users/$id{$_}", undef, @{ $token{$me}{auth} }), 401, undef, undef, "$me token at $them: $_") for qw(ours theirs);
    rfc_error(scim('POST', "$at{$them}/Users", person('intruder@company.example'), @{ $token{$me}{auth} }), 401, undef, undef, 'and makes nobody');
}
is all_rows(), $before, 'nothing has changed';
is row(q{SELECT count(*) AS n FROM braze_user WHERE user_name LIKE 'intruder%' OR user_name LIKE 'taken%'})->{n}, 0, 'and nobody is new';

# What permissions can name is the company's own.
my $their_workspace = row('SELECT id FROM braze_workspace WHERE company_id = ? AND name = ?', company_id('Otherco'), 'Marketing')->{id};
rfc_error(call('ours', 'POST', '/Users', person('p@company.example', $DASHBOARD => { permissions => [ { value => "workspace/$their_workspace" } ] })),
    400, 'invalidValue', qr/does not exist/, "another company's workspace is none");

# A change of the catalogue is seen by every process at the next request.
admin_json('--company', 'Decorumsoft', 'workspace', 'add', "Fresh $_"),
    is(call('ours', 'POST', '/Users', person("fresh$_\@company.example", $DASHBOARD => { permissions => [ { value => "workspace/Fresh $_" } ] }))->code,
        201, "workspace $_ is known as soon as it is made") for 1 .. 5;
admin_json('--company', 'Decorumsoft', 'workspace', 'rename', 'Fresh 1', 'Stale 1');
my $fresh = call('ours', 'GET', '/Users' . filter_of('userName eq "fresh1@company.example"'))->{json}{Resources}[0];
is $fresh->{$DASHBOARD}{permissions}[0]{value}, 'workspace/Stale 1', 'and a new name shown';
is call('ours', 'GET', "/Users/$fresh->{id}")->{json}{$DASHBOARD}{permissions}[0]{value}, 'workspace/Stale 1', 'by id as well';

secrets_hidden();
done_testing;
