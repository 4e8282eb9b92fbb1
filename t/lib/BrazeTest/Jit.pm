# SPDX-License-Identifier: Apache-2.0
# What the suites of mod_braze_jit share: signing in at one of the locations of t/conf/jit.conf.in, and
# looking at what came of it on the page, in the log and in the rows.
package BrazeTest::Jit;

use strict;
use warnings;
use Carp qw(croak);
use Exporter qw(import);
use JSON ();
use Test::More ();
use Apache::Test ();
use BrazeTest;

our @EXPORT = qw(login signed_in refused page_code page_reference title_of cookie_of kept_as session_of
    user_of users_of company_id events_of make_page make_cgi make_dump dump_at log_mark log_from);

sub log_mark { return BrazeTest::log_size() }
sub log_from { my ($mark) = @_; return BrazeTest::log_since($mark) }

# login(location, option => value …): posts a response to the location's callback ("/" has /auth/saml, "/x" has
# /x/saml). Options: email [ada@decorumsoft.com] (NameID and attribute), names => [first, last], relay (RelayState),
# to (path posted to instead), host (base URL instead of the main server's), ua, headers => [name => value …],
# response (base64 instead of one made here), and any of saml_response. Gives a hash: res, ua, mark (of the log), response.
sub login {
    my ($where, %opt) = @_;
    my $ua    = delete $opt{ua} // browser();
    my $relay = delete $opt{relay};
    my $base  = delete $opt{host} // base_url();
    my $path  = delete $opt{to} // ($where eq '/' ? '/auth/saml/callback' : "$where/saml/callback");
    my $email = delete $opt{email} // 'ada@decorumsoft.com';
    my $names = delete $opt{names};
    my $more  = delete $opt{headers} // [];
    my $given = delete $opt{response};
    $opt{acs}    //= "$base$path";
    $opt{nameid} //= $email;
    $opt{attributes} //= { email => $email,
        $names ? (first_name => $names->[0], last_name => $names->[1]) : () };
    my $response = $given // saml_response(%opt);
    my $mark     = log_mark();
    my $res      = $ua->post("$base$path",
        [ SAMLResponse => $response, defined $relay ? (RelayState => $relay) : () ], @$more);
    return { res => $res, ua => $ua, mark => $mark, response => $response, path => $path };
}

# The session cookies that an answer sets: neither the mark of a browser that has signed in before nor
# those of sign-in that begins here.
sub cookie_of {
    my ($res) = @_;
    return map {/\A([^=]+)=([^;]+)/ && $1 !~ /braze_(?:known|login)_/ ? "$1=$2" : ()}
        $res->header('Set-Cookie');
}

# signed_in(login, test name, location to go to ["/"]): tests that it was taken.
sub signed_in {
    my ($try, $name, $location) = @_;
    my $res = $try->{res};
    my $ok  = $res->code == 303 && ($res->header('Location') // '') eq ($location // '/')
        && cookie_of($res) == 1;
    Test::More::ok($ok, $name)
        or Test::More::diag(answer_of($res), log_from($try->{mark}));
    return $ok;
}

sub page_code      { my ($res) = @_; return $res->decoded_content =~ /Code: (\w+)/ ? $1 : undef }
sub page_reference { my ($res) = @_; return $res->decoded_content =~ /Reference: ([0-9a-f]{32})</ ? $1 : undef }
sub title_of       { my ($res) = @_; return $res->decoded_content =~ m{<h1>([^<]*)</h1>} ? $1 : undef }

# refused(login, status, code, tag, test name, option => value): one test of everything that a refusal is: status,
# code, title and reference on the page, the same code and reference in one log line with the tag and (unless audit => 0) in
# one audit row, no cookie, and headers that keep the page out of caches and frames.
sub refused {
    my ($try, $status, $code, $tag, $name, %opt) = @_;
    my $res = $try->{res};
    my @bad;
    push @bad, 'status ' . $res->code if $res->code != $status;
    push @bad, 'code ' . (page_code($res) // 'none') if (page_code($res) // '') ne $code;
    push @bad, 'title ' . (title_of($res) // 'none')
        if $opt{title} && (title_of($res) // '') ne $opt{title};
    push @bad, 'a cookie' if $res->header('Set-Cookie');
    push @bad, headers_wrong($res);
    my $ref = page_reference($res);
    if (!defined $ref) { push @bad, 'no reference' }
    else {
        my $log = log_from($try->{mark});
        push @bad, "no line $tag $code [$ref"
            if $log !~ /\Q$tag\E \Q$code\E.* \[$ref[,\]]/;
        push @bad, "log without $opt{log}" if $opt{log} && $log !~ $opt{log};
        my @rows = events_of($ref);
        my $rows = join ' ', map {"$_->{name}/" . ($_->{code} // '')} @rows;
        push @bad, "audit rows: $rows" if $rows ne (($opt{audit} // 1) ? "Failed Login/$code" : '');
    }
    Test::More::ok(!@bad, $name)
        or Test::More::diag(join "\n", @bad, answer_of($res), log_from($try->{mark}));
    return !@bad;
}

sub answer_of { my ($res) = @_; return $res->as_string =~ s{<style>.*</style>}{}rs }

my %HEADER = (
    'Cache-Control'           => qr/\Ano-store\z/,
    'Content-Security-Policy' => qr/default-src 'none'.*frame-ancestors 'none'/,
    'X-Content-Type-Options'  => qr/\Anosniff\z/,
    'X-Frame-Options'         => qr/\ADENY\z/,
    'Referrer-Policy'         => qr/\Ano-referrer\z/,
    'Content-Type'            => qr{\Atext/html; charset=utf-8\z},
);

sub headers_wrong {
    my ($res) = @_;
    return map {"header $_: " . ($res->header($_) // 'none')}
        grep { ($res->header($_) // '') !~ $HEADER{$_} } sort keys %HEADER;
}

# --- rows ----------------------------------------------------------------------------------------

sub company_id { my ($name) = @_; return row('SELECT id FROM braze_company WHERE name = ?', $name)->{id} }

sub users_of {
    my ($email, $company) = @_;
    return rows('SELECT u.* FROM braze_user u JOIN braze_company c ON c.id = u.company_id'
        . ' WHERE u.user_name_key = ? AND c.name = ?', $email, $company // 'Decorumsoft');
}

sub user_of { my @users = users_of(@_); croak "@_: several" if @users > 1; return $users[0] }

sub events_of {
    my ($correlation) = @_;
    return rows('SELECT * FROM braze_event WHERE correlation = ? ORDER BY id', $correlation);
}

# kept_as(secret): what the row of its session lies under, the time first and then what fits of the SHA-256.
sub kept_as {
    my ($secret) = @_;
    require Digest::SHA;
    return substr($secret, 0, 11) . substr Digest::SHA::sha256_hex($secret), 0, 53;
}

# session_of(login): the row of the session whose cookie it brought.
sub session_of {
    my ($try) = @_;
    my ($cookie) = map {/=([\w-]{43})/} cookie_of($try->{res});
    return row('SELECT * FROM braze_session WHERE session_hash = ?', kept_as($cookie));
}

# --- what httpd serves ---------------------------------------------------------------------------

sub make_file {
    my ($path, $text, $mode) = @_;
    my $file = Apache::Test::vars('documentroot') . "/$path";
    my ($dir) = $file =~ m{\A(.*)/};
    require File::Path;
    File::Path::make_path($dir);
    BrazeTest::Saml::write_file($file, $text);
    chmod $mode, $file or croak "$file: $!";
    return $file;
}

sub make_page { my ($path, $text) = @_; return make_file($path, $text, 0644) }
sub make_cgi  { my ($path, $text) = @_; return make_file($path, "#!$^X\n$text", 0755) }

# A program that answers with its environment and body in JSON.
use constant DUMP => <<'CGI';
use strict;
use JSON ();
my $body = '';
read STDIN, $body, $ENV{CONTENT_LENGTH} if $ENV{CONTENT_LENGTH};
print "Content-Type: application/json\r\n\r\n",
    JSON->new->canonical->latin1->encode({ env => {%ENV}, body => $body });
CGI

# Puts it at <location>/cgi/dump.
sub make_dump { return make_cgi('cgi/dump', DUMP) }

# dump_at(browser, path, header => value …): what the program at path saw; dies unless it was reached.
sub dump_at {
    my ($ua, $path, @headers) = @_;
    my $res = $ua->get($path =~ m{\Ahttp:} ? $path : base_url($path), @headers);
    croak "$path: " . $res->as_string if $res->code != 200;
    return JSON->new->latin1->decode($res->content);
}

1;
