# SPDX-License-Identifier: Apache-2.0
# Somebody with a browser, as a program: curl, whose configuration (CURL_HOME) knows where the sandbox is, with a jar of cookies for
# each person. What the page says is printed.
package BrazeDocs::Browser;

use strict;
use warnings;
use URI::Escape qw(uri_escape);
use BrazeTest::Saml ();
use BrazeDocs::Sandbox ();

# sign_in(user, base URL, status that is expected): chooses our tile in the identity provider's portal.
sub sign_in {
    my ($user, $base, $expected) = @_;
    my ($first) = $user =~ /\A(\w+)/;
    my $xml = BrazeTest::Saml::response_xml(acs => "$base/auth/saml/callback", issuer => "https://$BrazeDocs::Sandbox::IDP/realms/people", nameid => $user,
        attributes => { email => $user, first_name => ucfirst $first, last_name => 'Example' });
    BrazeTest::Saml::write_file("$ENV{HOME}/response", 'SAMLResponse=' . uri_escape(BrazeTest::Saml::encode($xml)));
    fetch($user, $expected, '--data-binary', "\@$ENV{HOME}/response", "$base/auth/saml/callback");
    return $expected == 303 ? look($user, "$base/", 200) : print page();
}

# look(user, URL, status that is expected)
sub look {
    my ($user, $url, $expected) = @_;
    fetch($user, $expected, $url);
    return print page();
}

sub fetch {
    my ($user, $expected, @words) = @_;
    my $jar = "$ENV{HOME}/$user.cookies";
    open my $out, '-|', 'curl', '-o', "$ENV{HOME}/page", '-w', '%{http_code}', '-H', 'Accept: text/html', '-b', $jar, '-c', $jar, @words or die "curl: $!";
    my $status = <$out> // '';
    close $out;
    return if $status eq $expected;
    print "answered $status instead of $expected:\n", page();
    exit 1;
}

# A page's words, a line for each element with some.
sub page {
    my $page = BrazeDocs::Sandbox::slurp("$ENV{HOME}/page");
    $page =~ s{<(style|title)\b.*?</\1>|<!DOCTYPE[^>]*>}{}gs;
    return join '', map {"$_\n"} grep {/\S/} map {s/\A\s+|\s+\z//gr} map {s/\s+/ /gr} split /<[^>]*>/, $page;
}

1;
