# SPDX-License-Identifier: Apache-2.0
# The security event report: pages, the filter, and the CSV file.
use strict;
use warnings;
use utf8;
use Test::More;
use BrazeTest;
use BrazeTest::Settings;

my $alice   = admin_browser('alice');
my $company = company()->{id};

sub shown { my ($res) = @_; return $res->decoded_content =~ m{<tr><td[^>]*><time [^>]*>.*?</tr>}gs }
sub event_id { return sprintf 'ffffffff-%08x-00000000-00000000', $_[0] }

# Ten thousand and five that are newer than all others: ids tell the order.
my $insert = dbh()->prepare('INSERT INTO braze_event(company_id, id, at, name, user_name, actor, ip, correlation, detail) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)');
dbh()->begin_work;
$insert->execute($company, event_id($_), 1_700_000_000_000 + $_, $_ % 10 ? 'Signed In' : 'Failed Login', "u$_\@x.example", 'saml:x', '192.0.2.1', "c$_", "d$_") for 1 .. 10_005;
dbh()->commit;
$insert->execute(company('Elsewhere')->{id}, event_id(20_000), 1_800_000_000_000, 'Signed In', 'foreign@x.example', 'saml:x', '192.0.2.1', 'c', 'd');

my $page = page($alice, 'saml', 'events');
is_deeply [ headers_wrong($page) ], [], 'headers and markup of the report';
my @rows = shown($page);
is scalar @rows, 50, 'fifty on a page';
like text_of($rows[0]), qr/\A2023-11-14 22:13 UTC Signed In u10005\@x\.example saml:x 192\.0\.2\.1 d10005 c10005\z/, 'the newest first';
my ($older) = $page->decoded_content =~ m{href="([^"]*)">Older events<};
my $next = $alice->get(base_url($older =~ s/&amp;/&/gr));
like text_of((shown($next))[0]), qr/u9955\@/, 'the next page begins where this one ends';
like $next->decoded_content, qr/>Newest events</, 'and leads back';
my $failed = page($alice, 'saml', 'events?name=Failed%20Login');
is_deeply [ map { text_of($_) =~ /(Signed In|Failed Login)/ } (shown($failed))[ 0 .. 4 ] ], [ ('Failed Login') x 5 ], 'by name';
is scalar(() = page($alice, 'saml', 'events?name=Nothing')->decoded_content =~ /<time/g), 0, 'a name that nothing has';
unlike page($alice, 'scim', 'events')->decoded_content, qr/foreign\@/, q{another company's are not there};
is $alice->get(at('scim', 'events'))->code, 200, 'mod_braze_scim shows the report too';

# --- the file ---------------------------------------------------------------------------------------

my $csv = $alice->get(at('saml', 'events.csv'));
is $csv->code, 200, 'the file';
like $csv->header('Content-Type'), qr{\Atext/csv; charset=utf-8}, 'is CSV';
is $csv->header('Content-Disposition'), 'attachment; filename="security-events.csv"', 'to be kept';
is $csv->header('Cache-Control'), 'no-store', 'by nobody between';
my @lines = split /\r\n/, $csv->decoded_content;
is $lines[0], 'id,at,event,user_id,user_name,code,actor,ip,correlation,detail', 'with a header line';
is scalar @lines, 10_001, 'and the last ten thousand';
is $lines[1],  join(',', map {qq{"$_"}} event_id(10_005), '2023-11-14T22:13:30.005Z', 'Signed In', '', 'u10005@x.example', '', 'saml:x', '192.0.2.1', 'c10005', 'd10005'), 'the newest first';
like $lines[-1], qr/\A"\Q@{[event_id(6)]}\E"/, 'each once, none left out';
my %ids = map { /\A"([^"]+)"/ ? ($1 => 1) : () } @lines;
is scalar keys %ids, 10_000, 'all different';

# What a spreadsheet would run, and what would break a line.
dbh()->do('DELETE FROM braze_event WHERE company_id = ?', undef, $company);
my @evil = ('=1+1', '+1', '-1', '@SUM(A1)', "\t=1", '|calc', '%0a', 'say "hi", he said', "two\r\nlines", 'ünï');
my $n = 0;
$insert->execute($company, event_id(30_000 - ++$n), 1_800_000_000_000, 'Signed In', $_, 'a', undef, undef, undef) for @evil;
$csv = $alice->get(at('scim', 'events.csv'));
my @cells = $csv->decoded_content =~ /"Signed In","","((?:[^"]|"")*)"/g;
is_deeply \@cells, [ map { (/\A[=+\-\@\t|%]/ ? "'" : '') . s/"/""/gr } @evil ], 'no cell is a formula, and quotes are doubled';

my $head = $alice->head(at('saml', 'events.csv'));
is $head->code . length($head->content), '2000', 'HEAD has no body';
is browser()->get(at('saml', 'events.csv'))->code, 401, 'and nobody has it without a password';

done_testing;
