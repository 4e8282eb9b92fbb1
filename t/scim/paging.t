# SPDX-License-Identifier: Apache-2.0
# Pages by index (RFC 7644 section 3.4.2.4) and by cursor (RFC 9865), and their order; a walk while others write loses and repeats nobody.
use strict;
use warnings;
use utf8;
use Test::More;
use Digest::SHA qw(sha256_hex);
use JSON ();
use MIME::Base64 qw(decode_base64url encode_base64url);
use BrazeTest;
use BrazeTest::Client;
use BrazeTest::Scim;

company('Pageco');
my $client = BrazeTest::Client->new(at => '/s/paging', company => 'Pageco');
my $small  = $client->at('/s/paging/small');
my @ids = map { $client->user(sprintf('n%02d@page.example', $_), displayName => 'D' . (20 - $_), $_ % 5 ? () : (title => 'Fifth'), $_ == 7 ? (active => JSON::false) : ()) } 0 .. 19;
my %index = map { $ids[$_] => $_ } 0 .. $#ids;

sub page { my ($query, $at) = @_; return ($at // $client)->get("/Users?attributes=userName&$query") }
sub who { my ($json) = @_; return join ' ', map { $index{ $_->{id} } // '?' } @{ $json->{Resources} // [] } }
sub span { my ($from, $to) = @_; return join ' ', $from .. $to }

# --- by index --------------------------------------------------------------------------------------------

for (
    [ 'startIndex=1&count=5', span(0, 4) ], [ 'startIndex=6&count=5', span(5, 9) ], [ 'startIndex=19&count=5', '18 19' ], [ 'startIndex=21&count=5', '' ], [ 'startIndex=999999999999&count=5', '' ],
    [ 'startIndex=0&count=2', '0 1' ], [ 'startIndex=-7&count=2', '0 1' ], [ 'count=0', '' ], [ 'count=-3', '' ], [ 'startIndex=9223372036854775807&count=9223372036854775807', '' ],
    [ 'count=100000', span(0, 19) ], [ 'startIndex=3&count=2&sortBy=userName', '2 3' ],
) {
    my ($query, $want) = @$_;
    my $json = page($query)->{json};
    is who($json), $want, "$query: these";
    is $json->{totalResults}, 20, 'of twenty';
    is $json->{itemsPerPage}, scalar(@{[ split ' ', $want ]}), 'itemsPerPage is what came';
    ok !exists $json->{nextCursor}, 'and no cursor when none was asked for';
}
is who(page('count=50', $small)->{json}), span(0, 6), 'a page is cut to BrazeScimMaxResults';
rfc_error(page($_), 400, qr/invalid(?:Value|Count)/ && page($_)->{json}{scimType}, qr/./, "400: $_") for 'count=many', 'startIndex=first', 'count=1e3', 'startIndex=+', 'count=0x10';

# --- order -------------------------------------------------------------------------------------------------

my %sorted = (
    'sortBy=userName' => span(0, 19), 'sortBy=userName&sortOrder=ascending' => span(0, 19), 'sortBy=userName&sortOrder=descending' => join(' ', reverse 0 .. 19),
    'sortBy=USERNAME&sortOrder=Descending' => undef, 'sortBy=id&sortOrder=descending' => join(' ', reverse 0 .. 19), 'sortBy=meta.created' => span(0, 19),
    'sortBy=displayName' => join(' ', sort { 'd' . (20 - $a) cmp 'd' . (20 - $b) } 0 .. 19),
    'sortBy=title' => '0 5 10 15 ' . join(' ', grep { $_ % 5 } 0 .. 19),
    'sortBy=title&sortOrder=descending' => undef,
    "sortBy=$CORE:userName" => span(0, 19), 'sortBy=name.familyName' => span(0, 19), 'sortBy=active' => undef,
);
for my $query (sort keys %sorted) {
    my $res = page("$query&count=100");
    is $res->code, 200, "$query: taken" or diag $res->as_string;
    is who($res->{json}), $sorted{$query}, "$query: that order" if defined $sorted{$query};
    is join(' ', sort { $a <=> $b } split ' ', who($res->{json})), span(0, 19), 'everybody';
    my @pages = map { who(page("$query&count=3&startIndex=" . (1 + 3 * $_))->{json}) } 0 .. 6;
    is join(' ', @pages), who($res->{json}), 'pages of it make the whole';
}
like who(page('sortBy=title&sortOrder=descending&count=100')->{json}), qr/ (?:0 5 10 15|15 10 5 0)\z/, 'descending has the absent first (RFC 7644 section 3.4.2.3)';
rfc_error(page($_), 400, page($_)->{json}{scimType}, qr/./, "400: $_") for 'sortBy=unknown', 'sortBy=name.unknown', 'sortBy=userName&sortOrder=upwards';

# --- by cursor -----------------------------------------------------------------------------------------------

# walk(query, code after each page): everybody that the pages have, in their order.
sub walk {
    my ($query, $between, $at) = @_;
    my ($cursor, @got, %seen) = ('');
    for my $page (1 .. 400) {
        my $res = page("$query&cursor=" . uri_text($cursor), $at);
        if ($res->code != 200) { diag $res->as_string; push @got, 'error'; last }
        push @got, @{ $res->{json}{Resources} // [] };
        last if !defined($cursor = $res->{json}{nextCursor});
        if ($seen{$cursor}++) { push @got, 'circle'; last }
        $between->($page) if $between;
    }
    return @got;
}
sub walked { return join ' ', map { ref $_ ? $index{ $_->{id} } // '?' : $_ } walk(@_) }

my $first = page('cursor=&count=6');
is $first->code, 200, 'an empty cursor begins' or diag $first->as_string;
is who($first->{json}), span(0, 5), 'with the first page';
is page('cursor&count=6')->code, 200, 'so does one without a value';
my $next = $first->{json}{nextCursor};
like $next, qr/\A[A-Za-z0-9._~-]+\z/, 'nextCursor is made of unreserved characters (RFC 9865 section 2)';
ok !exists $first->{json}{previousCursor}, 'the first page has no previousCursor';
ok !exists $first->{json}{startIndex}, 'nor a startIndex';
is $first->{json}{itemsPerPage}, 6, 'itemsPerPage';
is $first->{json}{totalResults} // 20, 20, 'totalResults, if it is there, is right';
my $second = page("cursor=$next&count=6");
is who($second->{json}), span(6, 11), 'the next page';
is who(page("cursor=$next&count=6")->{json}), span(6, 11), 'as often as one likes';
is who(page("cursor=$next&count=2")->{json}), span(6, 7), 'of another size too';
SKIP: {
    my $back = $second->{json}{previousCursor};
    ok defined $back, 'previousCursor' or last SKIP;
    is who(page("cursor=$back&count=6")->{json}), span(0, 5), 'leads back';
    my $third = page("cursor=$second->{json}{nextCursor}&count=6");
    is who(page("cursor=$third->{json}{previousCursor}&count=6")->{json}), span(6, 11), 'from further on too';
}
for my $count (1, 3, 6, 7, 19, 20, 21, 200) { is walked("count=$count"), span(0, 19), "a walk in steps of $count" }
is walked('count=6', undef, $small), span(0, 19), 'where pages are small';
is walked(''), span(0, 19), 'without a count';
is walked('count=4&sortBy=userName&sortOrder=descending'), join(' ', reverse 0 .. 19), 'sorted';
is walked('count=4&sortBy=displayName'), $sorted{'sortBy=displayName'}, 'sorted by what not all have of their own';
is join(' ', sort { $a <=> $b } split ' ', walked('count=3&sortBy=title')), span(0, 19), 'sorted by what some lack: everybody once';
is walked('count=3&filter=' . uri_text('active eq true and userName lt "n12"')), join(' ', grep { $_ != 7 } 0 .. 11), 'filtered by SQL';
is walked('count=3&filter=' . uri_text('title eq "fifth"')), '0 5 10 15', 'by a look at each';
is walked('count=1&filter=' . uri_text('title eq "fifth" and active eq true')), '0 5 10 15', 'in the smallest steps';
is walked('filter=' . uri_text('userName eq "nobody"')), '', 'nobody';
rfc_error(page("cursor=&count=$_"), 400, 'invalidCount', undef, "count=$_: a page by cursor has somebody on it (RFC 9865 section 2.1)") for 0, -1;
is page('cursor=&count=1')->{json}{itemsPerPage}, 1, 'one is enough';
is who(page('cursor=&count=9223372036854775807')->{json}), span(0, 19), 'and more than there are no fault';

for (
    [ 'what is none', 'x' ], [ 'a number', '7' ], [ 'long', 'A' x 3000 ], [ 'not of its characters', '%21%2A' ], [ 'SQL', uri_text(q{' OR 1=1 --}) ],
    [ 'cut', substr $next, 0, -1 ], [ 'longer', "${next}A" ], map({ my $c = $next; substr($c, $_, 1) = substr($c, $_, 1) eq 'A' ? 'B' : 'A'; [ "changed at $_", $c ] } 0, int(length($next) / 2)),
) {
    my ($name, $cursor) = @$_;
    my $res = page("count=6&cursor=$cursor");
    my $ok = $res->code == 400 ? ($res->{json}{scimType} // '') eq 'invalidCursor' : 0;
    ok $ok, "400 invalidCursor: $name" or diag $res->as_string;
}
# A cursor's life: the same cursor as an hour ago, the age being all that differs. Its digest ties it to company, type, filter and order.
{
    my $context = sha256_hex(company_id('Pageco') . '/Users' . 'null' . 'null' . 'a');
    my $payload = substr decode_base64url($next), 16;
    my $aged = sub {
        my ($seconds) = @_;
        (my $old = $payload) =~ s/\A(1f 0 )(\d+)/$1 . ($2 - $seconds)/e or return '';
        return encode_base64url(substr(sha256_hex("$context\n$old"), 0, 16) . $old);
    };
    is $aged->(0), $next, 'a cursor is what the source says it is';
    is page('count=6&cursor=' . $aged->(3000))->code, 200, 'of fifty minutes ago it is good';
    rfc_error(page('count=6&cursor=' . $aged->(3700)), 400, 'expiredCursor', qr/expired/, 'of more than an hour ago it has expired (RFC 9865 section 2.1)');
    is who(page('count=6&cursor=' . $aged->(3000))->{json}), span(6, 11), 'and where it was good it leads where it led';
}
rfc_error(page("cursor=$next&startIndex=3"), 400, page("cursor=$next&startIndex=3")->{json}{scimType}, qr/./, 'not by cursor and by index') if page("cursor=$next&startIndex=3")->code != 200;
{
    my $other = page('cursor=' . $next . '&count=6&filter=' . uri_text('active eq true'));
    isnt $other->code, 500, 'a cursor with another filter is no fault of ours';
    company('Pagetwo');
    my $foreign = scim('GET', "/s/other/Users?cursor=$next", undef, @{ token(company => 'Otherco')->{auth} });
    ok $foreign->code == 400 || !grep({ $index{ $_->{id} } } @{ $foreign->{json}{Resources} // [] }), 'nor does it open another company';
}
{
    my $config = $client->read('/ServiceProviderConfig')->{pagination} // {};
    ok $config->{cursor} && $config->{index}, 'ServiceProviderConfig has both' or diag explain $config;
    is $config->{defaultPaginationMethod}, 'index', 'index being usual';
    is $config->{maxPageSize}, 200, 'maxPageSize';
    cmp_ok $config->{cursorTimeout} // 0, '>=', 60, 'and how long a cursor lives';
}
{
    my $group = $client->group('Pages', @ids[ 0 .. 2 ]);
    $client->group("Pages $_") for 1 .. 4;
    my $json = $client->read('/Groups?cursor=&count=2&excludedAttributes=members');
    is scalar @{ $json->{Resources} }, 2, 'groups have cursors too';
    my @more = @{ $client->read("/Groups?cursor=$json->{nextCursor}&count=200")->{Resources} };
    is scalar @more, 3, 'and the rest';
}

# --- while others write ----------------------------------------------------------------------------------------

# Whoever is there from the beginning to the end must be met once; who comes or goes meanwhile at most once.
for my $how ([ 'by id', 'count=25' ], [ 'by name', 'count=25&sortBy=userName&sortOrder=descending' ], [ 'with a filter', 'count=20&filter=' . uri_text('title eq "walk"') ]) {
    my ($name, $query) = @$how;
    my $mark = join '', map { chr 97 + rand 26 } 1 .. 6;
    my @made = at_once(map { $client->bytes('POST', '/Users', person(sprintf('%s%03d@walk.example', $mark, $_), title => 'Walk')) } 1 .. 100);
    push @made, at_once(map { $client->bytes('POST', '/Users', person(sprintf('%s%03d@walk.example', $mark, $_), title => 'Walk')) } 101 .. 200) for 1;
    my @there = map { $_->{json}{id} } @made;
    is scalar(grep {defined} @there), 200, "$name: 200 people";
    my (%gone, $late);
    my @got = walk($query, sub {
        my ($page) = @_;
        # Somebody before the reader, somebody behind, and two new ones, before and behind by name.
        for my $victim (3 * $page, 199 - 3 * $page) {
            next if $victim < 0 || $victim > 199 || $gone{ $there[$victim] }++;
            $client->delete("/Users/$there[$victim]");
        }
        $client->user("$mark-aa$page\@walk.example", title => 'Walk');
        $client->user("zz$mark$page\@walk.example", title => 'Walk');
        $client->changed("/Users/$there[100 + $page]", { op => 'replace', path => 'nickName', value => "n$page" }) if $page < 40 && !$gone{ $there[ 100 + $page ] };
        $late++;
    });
    my %met;
    $met{ ref $_ ? $_->{id} : $_ }++ for @got;
    is_deeply [ grep { $met{$_} > 1 } keys %met ], [], "$name: nobody is repeated";
    is_deeply [ grep { !$met{$_} && !$gone{$_} } @there ], [], 'and nobody who stayed is lost';
    cmp_ok $late, '>', 4, "in $late steps";
}

secrets_hidden();
done_testing;
