#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# docs/security.md says what the code does: its steps are those of the code in their order (the names that BrazeJitDiagnostics and
# saml-check show), each step of the judge has the codes that its functions can give, every code of a refusal is there with its HTTP
# status and its log tag, and none is made up. docs/log-tags.md has the same code beside a tag.
use strict;
use warnings;
use lib 't/lint';
use Lint;
use Test::More;

my %HTTP = (BAD_REQUEST => 400, FORBIDDEN => 403, NOT_FOUND => 404, REQUEST_TIME_OUT => 408, REQUEST_ENTITY_TOO_LARGE => 413,
    UNSUPPORTED_MEDIA_TYPE => 415, INTERNAL_SERVER_ERROR => 500, BAD_GATEWAY => 502, SERVICE_UNAVAILABLE => 503);

# --- reading C -----------------------------------------------------------------------------------------------

# functions(text): name => body.
sub functions {
    my ($c) = @_;
    my %body;
    $body{$1} //= $2 while $c =~ /^[A-Za-z_][^;{}#]*?\b(\w+)\s*\([^;{}]*\)\s*\n\{\n(.*?)^\}/msg;
    return %body;
}

# Functions of many files: those of the same file go before those of another.
sub sources_of {
    my %of;
    for my $file (@_) { $of{$file} = { functions(code(text($file))) } }
    return \%of;
}

# found(all, file, function): [file, body], or nothing.
sub found {
    my ($all, $file, $function) = @_;
    my ($where) = grep { $all->{$_}{$function} } $file, sort keys %$all;
    return $where ? [ $where, $all->{$where}{$function} ] : undef;
}

# What a text in a file leads to: the names that pattern finds in it, and in whatever it calls.
sub reached {
    my ($all, $file, $text, $pattern, $seen) = @_;
    $seen //= {};
    my %names = map { $_ => 1 } $text =~ /$pattern/g;
    for my $function ($text =~ /\b([a-z]\w+)\(/g) {
        my $there = found($all, $file, $function) or next;
        next if $seen->{"$there->[0]:$function"}++;
        $names{$_} = 1 for keys %{ reached($all, @$there, $pattern, $seen) };
    }
    return \%names;
}

# numbers(what stands for a status in a function's body): HTTP statuses.
sub numbers {
    my ($expression, $body) = @_;
    return $expression if $expression =~ /\A\d+\z/;
    my ($given) = $expression =~ /\AHTTP_/ ? $expression : $body =~ /\bint \Q$expression\E = ([^;]*);/;
    return map { $HTTP{$_} // die "HTTP_$_: which number is that?\n" } ($given // '') =~ /\bHTTP_(\w+)/g;
}

# refusals(text): "code status tag" of every error that has a code. What a function makes the error of with a code, or code and tag, of
# its caller's is looked up at the calls.
sub refusals {
    my ($c) = @_;
    my %body = functions($c);
    my %tag = $c =~ /^#define (\w+) "(BRAZE-\w+)"$/mg;
    my $call = qr/\bbraze_err_newf?\(\s*(?:[\w>-]*pool,\s*)?(\w+),\s*("?\w+"?),\s*("?[\w-]+"?),/;
    my (@all, %maker);
    for my $name (sort keys %body) {
        while ($body{$name} =~ /$call/g) {
            my ($status, $code, $tag) = ($1, $2, $tag{$3} // $3);
            next if $code eq 'NULL';
            if ($code =~ /"(\w+)"/) { push @all, map {"$1 $_ " . ($tag =~ s/"//gr)} numbers($status, $body{$name}) }
            else { $maker{$name} = [ $status, $tag ] }
        }
    }
    for my $maker (sort keys %maker) {
        my ($status, $tag) = @{ $maker{$maker} };
        while ($c =~ /\b\Q$maker\E\(((?:[^()";]|"(?:[^"\\]|\\.)*"|\((?:[^()]|\([^()]*\))*\))*)/g) {
            my @words = map { s/\A\s+|\s+\z//gr } $1 =~ /\s*("(?:[^"\\]|\\.)*"|[^,"]+)/g;
            my ($code) = map {/\A"([A-Za-z]\w+)"\z/} @words;
            my ($own) = map {/\A"(BRAZE-\w+)"\z/} @words;
            my ($number) = grep {/\A(?:\d{3}|HTTP_\w+)\z/} @words;
            my $given = $tag =~ /BRAZE-/ ? $tag =~ s/"//gr : $own;
            next if !defined $code || !defined $given;
            push @all, map {"$code $_ $given"} numbers($status =~ /\A(?:\d|HTTP_)/ ? $status : $number, $body{$maker});
        }
    }
    return @all;
}

# --- reading the page ----------------------------------------------------------------------------------------

my $ITEM = qr/`(\w+)` (\d{3}(?: or \d{3})*) `(BRAZE-\w+)`/;

sub items {
    my ($text) = @_;
    my @items;
    while ($text =~ /$ITEM/g) { push @items, map {"$1 $_ $3"} split / or /, $2 }
    return @items;
}

# What looks like a reason code, and is none of the names of our tables.
sub named { my ($text) = @_; return grep { !/\Abraze_/ } $text =~ /`((?:[a-z]+(?:_[a-z0-9]+)+|ERROR_CODE_\w+))`/g }

# steps(text of a section): [step, the last cells of its rows], in their order.
sub steps {
    my ($text) = @_;
    my @steps;
    for ($text =~ /^\|(.*)\|$/mg) {
        my @cell = map { s/\A\s+|\s+\z//gr } split /\|/, $_, -1;
        next if $cell[0] eq 'step' || $cell[0] eq '---';
        push @steps, [ $1, '' ] if $cell[0] =~ /\A`([a-z0-9-]+)`\z/;
        $steps[-1][1] .= "$cell[-1] " if @steps;
    }
    return @steps;
}

sub section { my ($text, $heading) = @_; return $text =~ /^## \Q$heading\E\n(.*?)(?=^## |\z)/ms ? $1 : '' }

# --- the guard itself ----------------------------------------------------------------------------------------

my $sample = <<'C';
#define TAG_BAD "BRAZE-J0003"
static braze_err_t *bad(const char *code, apr_pool_t *pool)
{
    return braze_err_new(HTTP_BAD_REQUEST, code, "BRAZE-J0001", "no", pool);
}
static braze_err_t *wrong(int status, const char *code, const char *tag, apr_pool_t *pool)
{
    return braze_err_new(status, code, tag, "no", pool);
}
static braze_err_t *run(request_rec *r)
{
    int status = late ? HTTP_REQUEST_TIME_OUT : HTTP_BAD_REQUEST;

    if (a(r)) {
        return bad("one", r->pool);
    }
    if (b(r)) {
        return wrong(403, "two", "BRAZE-J0002", r->pool);
    }
    return c(r) ? braze_err_new(status, "three", TAG_BAD, "no", r->pool)
                : braze_err_newf(r->pool, HTTP_NOT_FOUND, "four", "BRAZE-J0004", "%s", "no");
}
C
is join(', ', sort(refusals($sample))), 'four 404 BRAZE-J0004, one 400 BRAZE-J0001, three 400 BRAZE-J0003, three 408 BRAZE-J0003, two 403 BRAZE-J0002', 'sees codes, statuses and tags';
is join(' ', sort keys %{ reached({ x => { functions($sample) } }, 'x', 'run(r);', qr/"(\w+)"/) }), 'four no one three two', 'and what leads to them';
is join(', ', items('`a_code` 400 or 408 `BRAZE-J0001`, `b` 403 `BRAZE-0002`')), 'a_code 400 BRAZE-J0001, a_code 408 BRAZE-J0001, b 403 BRAZE-0002', 'and reads them on a page';
is_deeply [ map {"$_->[0]:$_->[1]"} steps("| step | x | y |\n| --- | --- | --- |\n| `a` | holds | 1 |\n| | too | 2 |\n| `b-c` | | 3 |\n") ], [ 'a:1 2 ', 'b-c:3 ' ], 'by step';

# --- what the code can say -----------------------------------------------------------------------------------

# The judge's list; refusal.c's table, whose status is its function's; and errors that are made where they are given. google.c keeps httpd
# from starting: nobody is refused by it.
my %reason; # BRAZE_SAML_NAME => "code status tag"
my $reasons = text('src/saml/reasons.h');
$reason{$1} = "$2 $3 $4" while $reasons =~ /\bX\((\w+), "(\w+)", (\d+), "(BRAZE-\w+)"/g;
my %sources = map { $_ => code(text($_)) } grep { $_ ne 'src/jit/google.c' }
    files_under(qr/\.c\z/, 'src/jit', glob('src/httpd/jit_*.c src/saml/*.c'), 'src/httpd/body.c', 'src/httpd/company.c');
my ($decided) = $sources{'src/jit/refusal.c'} =~ /braze_err_new\((\d+), refusals\[/;
my %said = map { $_ => 1 } values %reason, (map { refusals($_) } values %sources);
my ($table) = $sources{'src/jit/refusal.c'} =~ /\brefusals\[\] = \{(.*?)^\};/ms;
$said{"$1 $decided $2"} = 1 while $table =~ /\{"(\w+)", "(BRAZE-\w+)",/g;
looked_at(scalar keys %said, 'refusals');
cmp_ok scalar(grep {/ BRAZE-J03/} keys %said), '>=', 14, 'those of the decision among them';
cmp_ok scalar(grep {/ BRAZE-J02[345]/} keys %said), '>=', 14, 'those of logout messages and artifacts';

# Every text that the guard of the counters sees as a code is seen here too, so that none gets lost by the way it is written.
my %codes = map { (split / /)[0] => 1 } keys %said;
my @plain = map { $sources{$_} =~ /"(\w+)"\s*,\s*"BRAZE-(?:J\d{4}|01[56]\d)"/g } sort keys %sources;
none('every code is seen with its status', grep { !$codes{$_} } @plain);

my $acs = $sources{'src/httpd/jit_acs.c'};
my %in_acs = functions($acs);
my $judge_file = 'src/saml/judge.c';
my $judge = $sources{$judge_file};
my %in_judge = functions($judge);

# The judge's own steps: [name, the text that takes it].
my @judged;
for my $statement ($in_judge{open_message} =~ /(.*?\bbraze_judge_step\(.*?;)/gs) {
    push @judged, [ $1, $statement ] if $statement =~ /braze_judge_step\([^"]*"([\w-]+)"/;
}
my ($list) = $in_judge{run_steps} =~ /\bsteps\[\] = \{(.*?)\n    \};/s;
push @judged, [ $1, "$2(judge)" ] while $list =~ /\{"([\w-]+)", (\w+)\}/g;
cmp_ok scalar @judged, '>=', 14, 'steps of the judge';

# All steps of a posted response, as they are told; what is told twice stands where it was told first.
sub told {
    my ($function, $seen) = @_;
    return () if $seen->{$function}++;
    my @names;
    while ($in_acs{$function} =~ /\bjit_trace_(?:step|note)\([^"]*?"([\w-]+)"|\b(\w+)\(/g) {
        push @names, defined $1 ? $1 : $2 eq 'braze_saml_judge' ? map { $_->[0] } @judged : $in_acs{$2} ? told($2, $seen) : ();
    }
    my %once;
    return grep { !$once{$_}++ } @names;
}
my @told = told('jit_acs', {});

# --- the page against it -------------------------------------------------------------------------------------

my $page = -f 'docs/security.md' ? text('docs/security.md') : '';
my @steps = steps(section($page, 'A posted response, step by step'));
is join(' ', map { $_->[0] } @steps), join(' ', @told), 'the steps of the page are those of the code, in their order';

my %there = map { $_ => 1 } items($page);
looked_at(scalar keys %there, 'refusals on the page');
none('every refusal is on the page, with its status and its tag', grep { !$there{$_} } sort keys %said);
none('every one on the page is in the code', grep { !$said{$_} } sort keys %there);
none('what is named like a code is one', grep { !$codes{$_} } named($page));
none('a code beside a tag has a status before it', $page =~ /`\w+`,? `BRAZE-\w+`/g);

# A step of the judge: what it can give is in its row, or was in that of a step before; what is in its row, it can give.
my $all = sources_of(grep {m{\Asrc/saml/}} keys %sources);
my (@missing, @strange, %before, $given);
my %row = map { $_->[0] => $_->[1] } @steps;
for my $step (@judged) {
    my ($name, $text) = @$step;
    my %can = map { (split / /, $reason{$_})[0] => 1 } grep { $reason{$_} } keys %{ reached($all, $judge_file, $text, qr/\bBRAZE_SAML_([A-Z0-9_]+)\b/) };
    my %says = map { $_ => 1 } named($row{$name} // ''), map { (split / /)[0] } items($row{$name} // '');
    $before{$_} = 1 for keys %says;
    $given += keys %can;
    push @missing, map {"$name: $_"} grep { !$before{$_} } sort keys %can;
    push @strange, map {"$name: $_"} grep { !$can{$_} } sort keys %says;
}
cmp_ok $given, '>', 70, 'codes of steps';
none('what a step of the judge can give is in its row, or in one before', @missing);
none('what is in the row of a step of the judge, it can give', @strange);

# What the decision says is in its row, and what is said of logout messages and artifacts in their sections.
for my $place ([ 'the row of the decision', $row{decision} // '', qr{\Asrc/jit/} ], [ 'Artifacts', section($page, 'Artifacts'), qr{/(?:jit_)?artifact\w*\.c\z} ],
    [ 'Logout messages', section($page, 'Logout messages'), qr{/(?:jit_)?logout\w*\.c\z} ]) {
    my ($where, $text, $files) = @$place;
    my %in = map { $_ => 1 } items($text);
    my @own = map { refusals($sources{$_}) } grep {/$files/} sort keys %sources;
    @own = grep {/ BRAZE-J03/} keys %said if $where =~ /decision/;
    looked_at(scalar @own, "refusals for $where");
    none("they are in $where", grep { !$in{$_} } sort @own);
}

# docs/log-tags.md: the codes at the beginning of a tag's row, and in the table of responses the status.
my (%tagged, @log, $pairs);
push @{ $tagged{ (split / /)[2] } }, $_ for keys %said;
my $tags = text('docs/log-tags.md');
while ($tags =~ /^\| `(BRAZE-\w+)` \| ((?:`\w+`(?:, )?)+)(?::| \| (\d+) \|| below| \|)/mg) {
    my ($tag, $names, $status) = ($1, $2, $3);
    for my $name ($names =~ /`(\w+)`/g) {
        next if !$tagged{$tag};
        $pairs++;
        push @log, "$tag: $name" . ($status ? " $status" : '') if !grep { defined $status ? $_ eq "$name $status $tag" : /\A\Q$name\E / } @{ $tagged{$tag} };
    }
}
cmp_ok $pairs, '>', 100, 'codes of docs/log-tags.md';
none('docs/log-tags.md has the code of its tag', @log);
done_testing;
