# SPDX-License-Identifier: Apache-2.0
# Filters over HTTP: the whole grammar of RFC 7644 section 3.4.2.2, whether SQL answers them or a look at each row; the totals of both.
use strict;
use warnings;
use utf8;
use Test::More;
use JSON ();
use Time::HiRes qw(sleep);
use BrazeTest;
use BrazeTest::Client;
use BrazeTest::Scim;

company('Filterco');
my ($T, $F) = (JSON::true, JSON::false);
my $client = BrazeTest::Client->new(at => '/s/filters', company => 'Filterco');
my $lenient = BrazeTest::Client->new(at => '/s/filters', company => 'Filterco', profile => 'entra');

sub mail { my ($value, $type, %more) = @_; return { value => $value, type => $type, %more } }
my %id;
for (
    [ a => displayName => 'Alice Smith', name => { givenName => 'Alice', familyName => 'Smith', formatted => 'Dr. Alice Smith' }, title => 'Engineer', externalId => 'EXT-a', userType => 'Employee',
        emails => [ mail('alice@work.example', 'work', primary => $T), mail('alice@home.example', 'home') ], phoneNumbers => [ mail('+49 1', 'work'), mail('+49 2', 'mobile') ],
        schemas => [ $CORE, $ENTERPRISE ], $ENTERPRISE => { department => 'finance', employeeNumber => '10', manager => { value => 'm-1' } }, roles => [ mail('Editor', 'a') ] ],
    [ b => displayName => 'bob jones', name => { givenName => 'Bob', familyName => 'Jones' }, title => 'engineer II', externalId => 'ext-b', active => $F, userType => 'Employee',
        emails => [ mail('bob@home.example', 'home', primary => $T) ] ],
    [ c => name => { givenName => 'Carol', familyName => 'Ünal' }, nickName => 'Zed', schemas => [ $CORE, $ENTERPRISE ], $ENTERPRISE => { department => 'marketing', employeeNumber => '9' } ],
    [ d => displayName => q{Da"ve \\ O'Neil 100% _x}, name => { givenName => 'David', familyName => 'smith' }, userType => 'Contractor', emails => [ mail('dave@work.example', 'work', primary => $T) ], locale => 'de-DE' ],
    [ e => displayName => 'ÉVE', name => { familyName => 'Weiß' }, nickName => 'Zed', active => $F, emails => [ mail('eve@other.example', 'other') ], title => "tab\tand \x{1F600}" ],
) {
    my ($letter, %more) = @$_;
    $id{$letter} = $client->user("$letter\@filter.example", %more);
    sleep 0.01; # so that their times differ
}
my ($group) = $client->group('Filterers', @id{qw(a b)});
my $created = $client->read("/Users/$id{c}")->{meta}{created};
BAIL_OUT('no time') if $created !~ /\A(.*)Z\z/;

sub letters { my ($filter) = @_; return join ' ', map { substr $_, 0, 1 } $client->names($filter) }
sub answers {
    my ($filter, $want, $why) = @_;
    my $res = $client->get('/Users' . filter_of($filter));
    my $got = $res->code == 200 ? join(' ', sort map { substr $_->{userName}, 0, 1 } @{ $res->{json}{Resources} }) . " of $res->{json}{totalResults}" : $res->content;
    return is $got, "$want of " . (() = $want =~ /\w/g), (substr $filter, 0, 90) . ($why ? ": $why" : '');
}

# --- every operator, on what is a column and on what is not -------------------------------------------

answers(@$_) for (
    [ 'userName eq "a@filter.example"', 'a' ], [ 'userName eq "A@FILTER.example"', 'a', 'userName has no case' ], [ 'userName ne "a@filter.example"', 'b c d e' ],
    [ 'userName co "FILTER"', 'a b c d e' ], [ 'userName co "b@f"', 'b' ], [ 'userName sw "C@"', 'c' ], [ 'userName ew "FILTER.EXAMPLE"', 'a b c d e' ], [ 'userName ew "a@filter"', '' ],
    [ 'userName gt "c@filter.example"', 'd e' ], [ 'userName ge "C@filter.example"', 'c d e' ], [ 'userName lt "b@filter.example"', 'a' ], [ 'userName le "b@filter.example"', 'a b' ], [ 'userName pr', 'a b c d e' ],
    [ 'displayName eq "alice SMITH"', 'a' ], [ 'displayName pr', 'a b d e' ], [ 'displayName co "i"', 'a d' ], [ 'displayName sw "B"', 'b' ], [ 'displayName ew "jones"', 'b' ],
    [ 'name.familyName eq "smith"', 'a d' ], [ 'name.familyName sw "S"', 'a d' ], [ 'name.givenName pr', 'a b c d' ], [ 'name.givenName gt "bob"', 'c d' ],
    [ 'externalId eq "EXT-a"', 'a' ], [ 'externalId eq "ext-a"', '', 'externalId has a case' ], [ 'externalId sw "ext"', 'b' ], [ 'externalId co "-"', 'a b' ], [ 'externalId pr', 'a b' ],
    [ "id eq \"$id{b}\"", 'b' ], [ "id ne \"$id{b}\"", 'a c d e' ], [ "id gt \"$id{c}\"", 'd e', 'ids sort by time' ], [ "id eq \"\U$id{b}\E\"", $id{b} =~ /[a-f]/ ? '' : 'b', 'id has a case' ],
    [ 'active eq true', 'a c d' ], [ 'active eq false', 'b e' ], [ 'active ne true', 'b e' ], [ 'active pr', 'a b c d e' ],
    [ 'title eq "engineer"', 'a' ], [ 'title sw "ENGINEER"', 'a b' ], [ 'title pr', 'a b e' ], [ 'title gt "engineer"', 'b e' ], [ 'title lt "engineer"', '' ], [ 'title ew "ii"', 'b' ],
    [ 'nickName eq "zed"', 'c e' ], [ 'userType eq "employee"', 'a b' ], [ 'locale eq "de-de"', 'd' ],
    [ 'emails eq "alice@work.example"', 'a', 'a complex attribute means its value' ], [ 'emails.value eq "ALICE@HOME.example"', 'a' ], [ 'emails co "@work."', 'a d' ], [ 'emails.value sw "bob"', 'b' ],
    [ 'emails.type eq "home"', 'a b' ], [ 'emails pr', 'a b d e' ], [ 'emails.primary eq true', 'a b d' ], [ 'phoneNumbers.value eq "+49 2"', 'a' ], [ 'roles.value eq "editor"', 'a' ],
    [ "groups.value eq \"$group\"", 'a b' ], [ 'groups pr', 'a b' ], [ 'groups.display eq "filterers"', 'a b' ],
    [ 'name.formatted co "dr."', 'a' ], [ 'name pr', 'a b c d e' ],
);

# --- what is absent ----------------------------------------------------------------------------------------

answers(@$_) for (
    [ 'title ne "engineer"', 'b c d e', 'an absent attribute is not equal' ], [ 'displayName ne "bob jones"', 'a c d e' ], [ 'externalId ne "EXT-a"', 'b c d e' ],
    [ 'not (title pr)', 'c d' ], [ 'not (displayName pr)', 'c' ], [ 'not (emails pr)', 'c' ], [ 'title eq null', 'c d' ], [ 'title ne null', 'a b e' ], [ 'displayName eq null', 'c' ],
    [ 'title gt ""', 'a b e', 'no order has what is absent' ], [ 'not (title eq "engineer")', 'b c d e' ], [ 'not (title gt "f")', 'a b c d', 'not turns around what is, absent or not' ],
    [ 'not (displayName sw "a")', 'b c d e' ],
);

# --- and, or, not, grouping ----------------------------------------------------------------------------------

answers(@$_) for (
    [ 'active eq true and title pr', 'a' ], [ 'active eq true or title pr', 'a b c d e' ],
    [ 'nickName pr or active eq true and title pr', 'a c e', 'and binds tighter than or' ], [ '(nickName pr or active eq true) and title pr', 'a e', 'parentheses tighter' ],
    [ 'active eq true and title pr or nickName pr', 'a c e' ], [ 'active eq true and (title pr or nickName pr)', 'a c' ],
    [ 'not (active eq true)', 'b e' ], [ 'not (active eq true) and title pr', 'b e', 'not tighter than and' ], [ 'not (active eq true or title pr)', '' ],
    [ 'not (not (active eq true))', 'a c d' ], [ 'not(active eq true)', 'b e', 'no blank is needed' ], [ 'NOT (active eq true) AND (title PR)', 'b e', 'no case either' ],
    [ '((((userName eq "a@filter.example"))))', 'a' ], [ 'userName sw "a" or userName sw "b" or userName sw "c"', 'a b c' ], [ 'userName sw "a" and userName sw "b"', '' ],
    [ 'active eq true and not (userName sw "a") and not (title pr)', 'c d' ], [ 'userName sw "a" or (active eq false and nickName eq "zed")', 'a e', 'what SQL knows and what it does not' ],
    [ 'not (userName sw "a" or nickName pr)', 'b d' ], [ 'not (userName sw "a" and title pr)', 'b c d e' ], [ '(title pr and active eq true) or (locale pr and active eq true)', 'a d' ],
    [ 'userName   sw  "a"   or userName sw "b"', 'a b', 'blanks' ],
);

# --- value paths -----------------------------------------------------------------------------------------------

answers(@$_) for (
    [ 'emails[type eq "work"]', 'a d' ], [ 'emails[type eq "work" and value co "@work."]', 'a d' ], [ 'emails[type eq "home" and value eq "alice@work.example"]', '', 'one element must have both' ],
    [ 'emails.type eq "home" and emails.value eq "alice@work.example"', 'a', 'else any may' ], [ 'emails[type eq "work" or type eq "other"]', 'a d e' ], [ 'emails[not (type eq "work")]', 'a b e' ],
    [ 'not (emails[type eq "work"])', 'b c e' ], [ 'emails[primary eq true]', 'a b d' ], [ 'emails[primary eq true and type eq "home"]', 'b' ], [ 'emails[value pr]', 'a b d e' ],
    [ 'emails[type eq "work"] and active eq true', 'a d' ], [ 'emails[(type eq "work" or type eq "home") and not (value co "work")]', 'a b' ], [ 'EMAILS[Type eq "WORK"]', 'a d' ],
    [ 'emails[type eq "work"].value eq "dave@work.example"', 'd', 'as clients write it' ], [ 'emails[type eq "home"].value eq "alice@work.example"', '' ], [ 'phoneNumbers[type eq "mobile"].value sw "+49"', 'a' ],
    [ "groups[value eq \"$group\"]", 'a b' ], [ 'emails[ type eq "work" ]', 'a d' ],
);

# --- names with URNs ---------------------------------------------------------------------------------------------

answers(@$_) for (
    [ "$CORE:userName eq \"a\@filter.example\"", 'a' ], [ "$CORE:name.familyName eq \"smith\"", 'a d' ], [ "\U$CORE\E:userName sw \"A\"", 'a' ], [ "$CORE:emails[type eq \"work\"]", 'a d' ],
    [ "$ENTERPRISE:department eq \"finance\"", 'a' ], [ "$ENTERPRISE:department pr", 'a c' ], [ "$ENTERPRISE:employeeNumber eq \"9\"", 'c' ], [ "$ENTERPRISE:manager.value eq \"m-1\"", 'a' ],
    [ "$ENTERPRISE:manager eq \"m-1\"", 'a' ], [ "not ($ENTERPRISE:department pr)", 'b d e' ], [ "$DASHBOARD:source eq \"scim\"", 'a b c d e' ], [ "$DASHBOARD:confirmed eq true", 'a b c d e' ],
    [ "schemas eq \"$ENTERPRISE\"", 'a c' ], [ 'meta.resourceType eq "User"', 'a b c d e' ],
);

# --- texts -----------------------------------------------------------------------------------------------------------

answers(@$_) for (
    [ 'displayName co "%"', 'd', 'no pattern of SQL' ], [ 'displayName co "_"', 'd' ], [ 'displayName co "a%e"', '' ], [ 'displayName sw "_"', '' ], [ 'userName sw "%"', '' ], [ 'title co "%"', '' ],
    [ 'displayName co "\""', 'd', 'an escaped quote' ], [ 'displayName co "\\\\"', 'd', 'an escaped backslash' ], [ q{displayName co "O'Neil"}, 'd', 'a quote of SQL' ], [ q{displayName eq "x' OR '1'='1"}, '' ],
    [ q{displayName eq "Da\"ve \\\\ O'Neil 100% _x"}, 'd' ], [ 'displayName eq "\u0041lice\u0020Smith"', 'a', 'by number' ], [ 'title ew "\ud83d\ude00"', 'e', 'a surrogate pair' ], [ 'title co "\t"', 'e' ],
    [ 'name.familyName eq "ÜNAL"', 'c' ], [ 'name.familyName eq "ünal"', 'c' ], [ "name.familyName eq \"u\x{308}nal\"", 'c', 'decomposed' ], [ 'name.familyName eq "WEISS"', 'e', 'ß is ss' ], [ 'displayName eq "éve"', 'e' ],
    [ 'displayName sw "É"', 'e' ], [ 'displayName co ""', 'a b d e', 'every text has the empty one' ], [ 'userName eq ""', '' ],
);

# --- times ------------------------------------------------------------------------------------------------------------

(my $same = $created) =~ s/Z\z/+00:00/;
my ($hour) = $created =~ /T(\d\d)/;
my $shifted = sprintf '%sT%02d%s+01:00', $created =~ /\A(.*)T/, $hour + 1, $created =~ /T\d\d(.*)Z/;
answers(@$_) for (
    [ "meta.created eq \"$created\"", 'c' ], [ "meta.created eq \"$same\"", 'c', 'the same instant, written in another way' ], $hour < 23 ? [ "meta.created eq \"$shifted\"", 'c', 'in another zone' ] : (),
    [ "meta.created gt \"$created\"", 'd e' ], [ "meta.created ge \"$created\"", 'c d e' ], [ "meta.created lt \"$created\"", 'a b' ], [ "meta.created le \"$created\"", 'a b c' ], [ "meta.created ne \"$created\"", 'a b d e' ],
    [ 'meta.lastModified gt "2000-01-01T00:00:00Z"', 'a b c d e' ], [ 'meta.lastModified gt "2999-01-01T00:00:00.123Z"', '' ], [ 'meta.created pr', 'a b c d e' ],
    [ "not (meta.created gt \"$created\")", 'a b c' ], [ "meta.created gt \"$created\" and title pr", 'e' ], [ "$DASHBOARD:lastSignInAt pr", '' ],
);

# --- totals and pages ------------------------------------------------------------------------------------------------

for (
    [ 'active eq true', 3, 'SQL alone' ], [ 'userName sw "a" or userName sw "b"', 2, 'SQL alone' ], [ 'title sw "engineer"', 2, 'a look at each' ], [ 'active eq false and nickName pr', 1, 'SQL and a look' ],
    [ 'emails[type eq "work"]', 2, 'a look at elements' ], [ 'title eq "nobody has this"', 0, 'nothing' ],
) {
    my ($filter, $total, $how) = @$_;
    my @got;
    for my $at (1 .. $total + 1) {
        my $json = $client->found($filter, '/Users', "&startIndex=$at&count=1");
        is $json->{totalResults}, $total, "$filter, one from $at on: the total is right ($how)";
        is $json->{itemsPerPage}, $at > $total ? 0 : 1, 'itemsPerPage is what came';
        push @got, map { $_->{userName} } @{ $json->{Resources} };
    }
    is_deeply [ sort @got ], [ $client->names($filter) ], 'and the pages make the whole';
    is $client->found($filter, '/Users', '&count=0')->{totalResults}, $total, 'count=0 counts';
    is_deeply $client->found($filter, '/Users', '&count=0')->{Resources} // [], [], 'and brings nobody';
}
is_deeply [ map { $_->{userName} } @{ $client->found('active eq true', '/Users', '&attributes=userName&sortBy=userName&sortOrder=descending')->{Resources} } ], [ map {"$_\@filter.example"} qw(d c a) ], 'with sorting and attributes';

# --- what is refused ---------------------------------------------------------------------------------------------------

for (
    [ 'unknownAttribute eq "x"', qr/unknownAttribute/ ], [ 'userName.sub eq "x"', qr/userName/ ], [ 'name.unknown eq "x"', qr/unknown/ ], [ 'emails.unknown eq "x"' ], [ 'emails[unknown eq "x"]', qr/unknown/ ],
    [ 'urn:x:y:userName eq "x"' ], [ "$CORE:unknown eq \"x\"" ], [ "$ENTERPRISE:unknown eq \"x\"" ], [ "$ENTERPRISE:userName eq \"x\"" ], [ 'department eq "finance"', qr/department/ ], [ 'password eq "x"' ], [ 'members eq "x"' ],
    [ 'userName' ], [ 'userName eq' ], [ 'eq "x"' ], [ 'userName equals "x"' ], [ 'userName == "x"' ], [ 'userName eq "x" and' ], [ 'and userName pr' ], [ 'userName eq "x" userName pr' ], [ '(userName pr' ], [ 'userName pr)' ], [ '()' ],
    [ 'not userName pr' ], [ 'not' ], [ 'not ()' ], [ 'emails[type eq "work"' ], [ 'emails[]' ], [ 'emails]type pr[' ], [ 'userName[x pr]' ], [ 'emails[type[x pr]]' ], [ 'userName pr "x"' ],
    [ q{userName eq 'x'} ], [ 'userName eq "x' ], [ 'userName eq x"' ], [ 'userName eq "\x"' ], [ 'userName eq "\ud800"' ], [ 'userName eq bare' ], [ 'userName eq 7' ], [ 'userName eq true' ], [ 'userName gt null' ],
    [ 'active eq "true"' ], [ 'active eq 1' ], [ 'active gt true' ], [ 'active co true' ], [ 'active eq True' ], [ 'meta.created gt "yesterday"' ], [ 'meta.created gt 7' ], [ 'meta.created eq "2024-02-30T00:00:00Z"' ],
    [ 'meta eq "x"' ], [ 'name eq "x"' ], [ 'userName eq "x" # x' ], [ 'userName eq "a"; DROP TABLE braze_user' ], [ ' ' ], [ "userName eq \"a\0b\"" ],
) {
    my ($filter, $detail) = @$_;
    rfc_error($client->get('/Users' . filter_of($filter)), 400, 'invalidFilter', $detail // qr/./, "400: $filter" =~ s/\0/NUL/r);
}
like $client->get('/Users' . filter_of('userName pr and unknown eq "x"'))->{json}{detail}, qr/unknown.*\b17\b|\b17\b.*unknown/, 'the detail has the position';
for ([ 'filter=userName%20pr%ff', 'bytes that are not UTF-8' ], [ 'filter=userName%20pr&filter=active%20pr', 'two filters' ]) {
    my $res = $client->get("/Users?$_->[0]");
    rfc_error($res, 400, $res->{json}{scimType}, qr/./, "400: $_->[1]");
}

# --- limits --------------------------------------------------------------------------------------------------------------

sub nested { my ($depth) = @_; return '(' x $depth . 'userName pr' . ')' x $depth }
sub chain { my ($count) = @_; return join ' or ', map {"userName eq \"x$_\""} 1 .. $count }
sub long { my ($bytes) = @_; return 'userName eq "' . 'x' x ($bytes - 14) . '"' }
is $client->found(nested(31))->{totalResults}, 5, 'deep';
rfc_error($client->get('/Users' . filter_of(nested(40))), 400, 'invalidFilter', undef, 'too deep');
is $client->found(chain(100))->{totalResults}, 0, '199 nodes';
rfc_error($client->get('/Users' . filter_of(chain(101))), 400, 'invalidFilter', undef, '201 are too many');
is $client->post('/Users/.search', { schemas => [$BrazeTest::Client::SEARCH], filter => long(8192) })->code, 200, '8192 bytes';
rfc_error($client->post('/Users/.search', { schemas => [$BrazeTest::Client::SEARCH], filter => long(8193) }), 400, 'invalidFilter', undef, 'one more');

# --- another company ------------------------------------------------------------------------------------------------------

{
    my $other = BrazeTest::Client->new(at => '/s/other', company => 'Otherco');
    $other->user('a@filter.example', title => 'Engineer', externalId => 'EXT-a');
    for my $filter ('userName eq "a@filter.example"', 'title eq "Engineer"', 'externalId eq "EXT-a"', 'not (active eq false) and title sw "eng"') {
        is_deeply [ map { $_->{id} } @{ $client->found($filter)->{Resources} } ], [ $id{a} ], "only our own: $filter";
    }
    is $other->found(qq(id eq "$id{a}"))->{totalResults}, 0, 'nor by id';
    is $other->found(qq(id eq "$id{a}" or userName eq "nobody"))->{totalResults}, 0, 'nor with an or';
    is $other->found('not (userName eq "nobody")')->{totalResults}, row('SELECT count(*) AS n FROM braze_user WHERE company_id = ?', company_id('Otherco'))->{n}, 'nor with a not';
}

secrets_hidden();
done_testing;
