# SPDX-License-Identifier: Apache-2.0
# Several IdPs: which one is asked, and the page on which a person chooses.
use strict;
use warnings;
use utf8;
use HTML::Entities qw(decode_entities);
use Test::More;
use URI::Escape qw(uri_escape);
use BrazeTest;
use BrazeTest::Jit qw(make_page page_code title_of);
use BrazeTest::Node;

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);
make_page('page.html', 'the page');
my $dir = BrazeTest::Idp::dir();

sub entity {
    my ($name, %opt) = @_;
    return BrazeTest::Idp::metadata($name, keys => ['idp'], %opt);
}
sub write_utf8 { my ($file, $text) = @_; utf8::encode($text); BrazeTest::Saml::write_file("$dir/$file", $text); return }

write_utf8('few.xml', BrazeTest::Idp::aggregate([
    entity('uni', role_extensions => BrazeTest::Idp::display_names(en => 'University of Example', de => 'Universität Beispiel', fr => "Université d’Exemple")
        . BrazeTest::Idp::scopes('uni.example', 'shared.example')),
    entity('org', organization => '<Organization><OrganizationName xml:lang="en">o</OrganizationName><OrganizationDisplayName xml:lang="en">Plain &lt;b&gt;Org&lt;/b&gt; &amp; "Co"</OrganizationDisplayName><OrganizationURL xml:lang="en">https://o</OrganizationURL></Organization>',
        role_extensions => BrazeTest::Idp::scopes('org.example', 'shared.example')),
    entity('nameless'),
    entity('mute', bindings => []),
    entity('shy', role_extensions => BrazeTest::Idp::display_names(en => 'Shy'),
        entity_extensions => '<x:EntityAttributes xmlns:x="urn:oasis:names:tc:SAML:metadata:attribute"><a:Attribute xmlns:a="urn:oasis:names:tc:SAML:2.0:assertion" Name="http://macedir.org/entity-category"><a:AttributeValue>http://refeds.org/category/hide-from-discovery</a:AttributeValue></a:Attribute></x:EntityAttributes>'),
]));
write_utf8('many.xml', BrazeTest::Idp::aggregate([
    map({ entity("school$_", role_extensions => BrazeTest::Idp::display_names(en => "School number $_", es => "Escuela número $_")) } 1 .. 59),
    entity('idp', role_extensions => BrazeTest::Idp::display_names(en => 'Zürich Hochschule') . BrazeTest::Idp::scopes('decorumsoft.com')) ]));

my $node = BrazeTest::Node->start('chooser', <<'C');
<Directory "@DocumentRoot@">
    Require all granted
</Directory>
<Location "/">
    AuthType            braze-saml
    AuthName            "Dashboard"
    Require             valid-user
    BrazeCompany        "Decorumsoft"
    BrazeJitName        "Our button"
    BrazeJitIdpMetadata "@idpdir@/few.xml"
</Location>
<Location "/many">
    BrazeJitPath        /many/saml
    BrazeJitIdpMetadata "@idpdir@/many.xml"
    BrazeJitIdpDomain   https://school7.example.test/metadata seven.example Sieben.example
    BrazeJitIdpDomain   https://school8.example.test/metadata decorumsoft.com
    BrazeJitIdpDomain   https://gone.example.test/metadata gone.example
</Location>
<Location "/many/inner">
    BrazeJitPath        /many/inner/saml
    BrazeJitIdpDomain   https://school9.example.test/metadata seven.example
</Location>
<Location "/many/own">
    BrazeJitPath        /many/own/saml
    BrazeJitIdpMetadata "@idpdir@/few.xml"
</Location>
<Location "/one">
    BrazeJitPath        /one/saml
    BrazeJitIdpMetadata "@idpdir@/many.xml"
    BrazeJitIdpEntityId https://idp.example.test/metadata
</Location>
C

sub get { my ($ua, $path, @headers) = @_; return $ua->get($node->url($path), @headers) }
sub names { my ($res) = @_; return map { decode_entities($_) } $res->decoded_content =~ m{<a class="choice" [^>]*>([^<]*)</a>}g }
sub hrefs { my ($res) = @_; return map { decode_entities($_) } $res->decoded_content =~ m{<a class="choice" [^>]*href="([^"]*)"}g }
sub asks  { my ($res) = @_; return $res->code == 303 && ($res->header('Location') // '') =~ m{\Ahttps://(\w+)\.example\.test/sso\?SAMLRequest=} ? $1 : $res->code . ' ' . ($res->header('Location') // title_of($res) // '') }
sub sign_in {
    my ($ua, $where, $idp) = @_;
    my $acs = $node->url("$where/callback");
    return post_response($ua, $acs, saml_response(acs => $acs, nameid => "chooser-$idp\@decorumsoft.com", idp => $idp, key => 'idp', issuer => BrazeTest::Idp::entity_id($idp)));
}
admin('--company', 'Decorumsoft', 'user', 'add', "chooser-$_\@decorumsoft.com", '--confirmed') for qw(uni idp);

# --- named ---------------------------------------------------------------------------------------

is asks(get(browser(), '/auth/saml/login?idp=' . uri_escape(BrazeTest::Idp::entity_id('org')))), 'org', '?idp= names one';
is asks(get(browser(), '/auth/saml/login?idp=' . uri_escape(BrazeTest::Idp::entity_id('shy')))), 'shy', 'also one that is not offered';
is page_code(get(browser(), "/auth/saml/login?idp=$_")), 'idp_unknown', "not $_" for uri_escape(BrazeTest::Idp::entity_id('mute')), 'https%3A%2F%2Fevil.example', 'x' x 1024, "%27%20OR%201";

# --- by domain -----------------------------------------------------------------------------------

my %domain = ('ada@uni.example' => 'uni', 'Ada@UNI.Example' => 'uni', 'ada@org.example' => 'org');
is asks(get(browser(), '/auth/saml/login?email=' . uri_escape($_))), $domain{$_}, "shibmd:Scope: $_" for sort keys %domain;
is asks(get(browser(), '/many/saml/login?email=a%40seven.example')), 'school7', 'BrazeJitIdpDomain';
is asks(get(browser(), '/many/saml/login?email=a%40SIEBEN.example')), 'school7', 'its second domain';
is asks(get(browser(), '/many/saml/login?email=a%40decorumsoft.com')), 'school8', 'it counts for more than the metadata';
is asks(get(browser(), '/many/inner/saml/login?email=a%40seven.example')), 'school9', 'an inner section has its own';
is asks(get(browser(), '/many/inner/saml/login?email=a%40decorumsoft.com')), 'idp', 'and none of the outer one';
is asks(get(browser(), '/many/own/saml/login?email=a%40uni.example')), 'uni', 'likewise one with IdPs of its own';
for my $nobody ('a@sub.uni.example', 'a@example', 'uni.example', 'a@uni.example.evil', '@') {
    my $res = get(browser(), '/auth/saml/login?email=' . uri_escape($nobody));
    is $res->code, 200, 'nobody\'s domain (' . substr($nobody, 0, 20) . '): the person is asked';
}
my $res = get(browser(), '/auth/saml/login?email=a%40shared.example');
is_deeply [ names($res) ], [ 'Plain <b>Org</b> & "Co"', 'University of Example' ], 'a domain of two: between these';
is_deeply [ names(get(browser(), '/many/saml/login?email=a%40gone.example')) ], [], 'the domain of an IdP that is not there: nothing found';

# --- the page ------------------------------------------------------------------------------------

$res = get(browser(), '/auth/saml/login?return=%2Fpage.html%3Fa%3Db%26c');
is $res->code, 200, 'several, and nothing says which: the person is asked';
is_deeply [ names($res) ], [ 'https://nameless.example.test/metadata', 'Plain <b>Org</b> & "Co"', 'University of Example' ], 'by their names, in order, and none that hides or cannot be asked';
unlike $res->decoded_content, qr/<b>/, 'escaped';
is((hrefs($res))[2], '/auth/saml/login?return=%2fpage.html%3fa%3db%26c&idp=https%3a%2f%2funi.example.test%2fmetadata', 'each link leads to its IdP and back');
is asks(get(browser(), (hrefs($res))[2])), 'uni', 'and does';
unlike $res->decoded_content, qr/type="search"/, 'three need no search';
like $res->header('Content-Security-Policy'), qr/\Adefault-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'\z/, 'with a policy that lets nothing else in';
unlike $res->decoded_content, qr/<script|javascript/i, 'and no script';
is_deeply [ (names(get(browser(), '/auth/saml/login', 'Accept-Language' => $_->[0])))[2] ], [ $_->[1] ], "in the reader's language: $_->[0]"
    for [ de => 'Universität Beispiel' ], [ 'fr-CH, en;q=0.5' => 'Université d’Exemple' ], [ es => 'University of Example' ], [ ja => 'University of Example' ];
like get(browser(), '/auth/saml/login', 'Accept-Language' => 'de')->decoded_content, qr/Wählen Sie Ihre Organisation/, 'with the page around them';

$res = get(browser(), '/many/saml/login?return=%2Fpage.html');
is_deeply [ names($res) ], [], 'sixty are not listed';
like $res->decoded_content, qr{<form method="get" class="search" action="/many/saml/login"><input type="hidden" name="return" value="/page\.html"><label for="q">}, 'there is a search field, which keeps the way back';
is_deeply [ names(get(browser(), '/many/saml/login?q=NUMBER+59')) ], ['School number 59'], 'found by words of its name, whatever their case';
is_deeply [ names(get(browser(), '/many/saml/login?q=zurich')) ], ['Zürich Hochschule'], 'and without its accents';
is_deeply [ names(get(browser(), '/many/saml/login?q=' . uri_escape("Z\xc3\xbcRICH hoch"))) ], ['Zürich Hochschule'], 'or with them';
is_deeply [ names(get(browser(), '/many/saml/login?q=numero+33')) ], ['School number 33'], 'or by its name in another language';
is_deeply [ names(get(browser(), '/many/saml/login?q=school12.example')) ], ['School number 12'], 'or by its host';
is_deeply [ names(get(browser(), '/many/saml/login?q=a%40seven.example')) ], ['School number 7'], 'or by an e-mail address';
$res = get(browser(), '/many/saml/login?q=school');
is scalar(names($res)), 20, 'twenty at most';
like $res->decoded_content, qr/more than can be shown/, 'and a word about the others';
$res = get(browser(), '/many/saml/login?q=%3Cscript%3Ealert(1)%3C/script%3E"x');
like $res->decoded_content, qr/Nothing found for “&lt;script&gt;alert\(1\)&lt;\/script&gt;&quot;x”/, 'nothing found, escaped';
like $res->decoded_content, qr/value="&lt;script&gt;alert\(1\)&lt;\/script&gt;&quot;x"/, 'in the field too';
is get(browser(), "/many/saml/login?q=$_")->code, 200, 'odd words' for '%ff%fe', '%00', 'a' x 2000, '+' x 50, '';

# --- what this browser did last ------------------------------------------------------------------

my $ua = browser();
unlike get($ua, '/auth/saml/sign_in')->decoded_content, qr/class="(?:button|choice)"/, 'the sign-in page: a new browser gets neither button nor choice';
is sign_in($ua, '/auth/saml', 'uni')->code, 303, 'signed in';
$res = get($ua, '/auth/saml/sign_in?return=%2Fpage.html');
like $res->decoded_content, qr{<a class="button" href="/auth/saml/login\?return=%2fpage\.html">University of Example</a>}, 'the button names the IdP of the last time';
is_deeply [ names($res) ], [ 'https://nameless.example.test/metadata', 'Plain <b>Org</b> & "Co"' ], 'and the others stand below it';
is asks(get($ua, '/auth/saml/login')), 'uni', 'the button asks it';
is asks(get($ua, (hrefs($res))[1])), 'org', 'it is a suggestion: another can be chosen';
is asks(get($ua, '/auth/saml/login?email=a%40org.example')), 'org', 'or found';
is get($ua, '/auth/saml/login?q=')->code, 200, 'an empty search asks the person';
my ($mark) = map {/\A(braze_known_\w+)=/} map { (split /;/)[0] } $ua->get($node->url('/x'))->request->header('Cookie') =~ /(braze_known_\w+=\w+)/;
is get(browser(), '/auth/saml/login', Cookie => "$mark=" . '0' x 16)->code, 200, 'a mark of nobody asks the person';

$ua = browser();
is sign_in($ua, '/one/saml', 'idp')->code, 303, 'signed in where there is one';
$res = get($ua, '/one/saml/sign_in');
like $res->decoded_content, qr{<a class="button" [^>]*>Our button</a>}, 'its button has the name that the administrator gave';
unlike $res->decoded_content, qr/class="choice"|type="search"/, 'and there is nothing to choose';
is asks(get(browser(), '/one/saml/login')), 'idp', 'it is asked at once';
$ua = browser();
is sign_in($ua, '/many/saml', 'idp')->code, 303, 'signed in by one of sixty';
$res = get($ua, '/many/saml/sign_in?q=number+4');
like $res->decoded_content, qr{class="button" [^>]*>Zürich Hochschule<}, 'the button stays while others are sought';
is_deeply [ names($res) ], [ map {"School number $_"} 14, 24, 34, 4, 40 .. 49, 54 ], 'and found';

done_testing;
