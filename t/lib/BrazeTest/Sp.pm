# SPDX-License-Identifier: Apache-2.0
# Sign-in that begins at the service provider, seen from the identity provider: what is asked is
# unpacked with Perl's own libraries and held against openssl's idea of a signature.
package BrazeTest::Sp;

use strict;
use warnings;
use Carp qw(croak);
use Exporter qw(import);
use File::Temp ();
use HTML::Entities ();
use IO::Compress::RawDeflate ();
use IO::Uncompress::RawInflate ();
use MIME::Base64 qw(decode_base64 encode_base64);
use URI::Escape qw(uri_escape uri_unescape);
use XML::LibXML ();
use BrazeTest ();
use BrazeTest::Idp ();

our @EXPORT = qw(login chosen asked query_of form_of query_verified redirect_url cookies_set raw_cookies answer
    sp_id read_message logout_xml signed_xml xml_holds);

my $RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';

# login(browser, location, query…): the answer of its /login. Where several IdPs could be meant and none is named, it
# chooses the first of ours on the page, as a person would.
sub login {
    my ($ua, $where, %query) = @_;
    my $query = join '&', map { "$_=" . uri_escape($query{$_}) } sort keys %query;
    my $res = $ua->get(BrazeTest::base_url("$where/saml/login" . ($query ne '' ? "?$query" : '')));
    return $res->code == 200 ? chosen($ua, $res, 'idp') // $res : $res;
}

# chosen(browser, page, IdP): the answer of that IdP's link on it; undef without one.
sub chosen {
    my ($ua, $res, $idp) = @_;
    my $id = uri_escape(BrazeTest::Idp::entity_id($idp));
    my ($link) = grep {/[?&]idp=\Q$id\E\z/i} map { HTML::Entities::decode_entities($_) } $res->decoded_content =~ /class="choice" [^>]*href="([^"]*)"/g;
    return $link ? $ua->get(BrazeTest::base_url($link)) : undef;
}

# query_of(url): the parameters, decoded; dies when one stands twice.
sub query_of {
    my ($url) = @_;
    my ($query) = $url =~ /\?([^#]*)/ or return {};
    my %found;
    for (split /&/, $query) {
        my ($name, $value) = map { my $t = $_; $t =~ tr/+/ /; uri_unescape($t) } split /=/, $_, 2;
        croak "$name stands twice in $url" if exists $found{$name};
        $found{$name} = $value;
    }
    return \%found;
}

sub inflate {
    my ($bytes) = @_;
    IO::Uncompress::RawInflate::rawinflate(\$bytes => \my $text) or croak 'not deflated';
    return $text;
}

sub deflate {
    my ($text) = @_;
    utf8::encode($text) if utf8::is_utf8($text);
    IO::Compress::RawDeflate::rawdeflate(\$text => \my $bytes) or croak 'not deflated';
    return $bytes;
}

# The hidden fields of a page's one form, and ACTION.
sub form_of {
    my ($html) = @_;
    my ($action) = $html =~ /<form[^>]* action="([^"]*)"/ or return {};
    my %found = (ACTION => HTML::Entities::decode_entities($action));
    while ($html =~ /<input type="hidden" name="([^"]*)" value="([^"]*)">/g) {
        $found{$1} = HTML::Entities::decode_entities($2);
    }
    return \%found;
}

# read_message(answer of the server, field): the XML that it has the browser carry.
sub read_message {
    my ($res, $field) = @_;
    my $location = $res->header('Location');
    return inflate(decode_base64(query_of($location)->{$field})) if $location;
    return decode_base64(form_of($res->decoded_content)->{$field} // croak 'no form');
}

# asked(answer of login): an XPath context on the AuthnRequest.
sub asked {
    my ($res) = @_;
    my $xpc = XML::LibXML::XPathContext->new(
        XML::LibXML->load_xml(string => read_message($res, 'SAMLRequest'))->documentElement);
    $xpc->registerNs(samlp => 'urn:oasis:names:tc:SAML:2.0:protocol');
    $xpc->registerNs(saml  => 'urn:oasis:names:tc:SAML:2.0:assertion');
    return $xpc;
}

sub sp_id { my ($res) = @_; return asked($res)->findvalue('@ID') }

# answer(browser, location, answer of login, options of saml_response): posts a response to it.
sub answer {
    my ($ua, $where, $res, %opt) = @_;
    my $url  = BrazeTest::base_url("$where/saml/callback");
    my @more = exists $opt{relay_state} ? (RelayState => delete $opt{relay_state}) : ();
    return BrazeTest::post_response($ua, $url,
        BrazeTest::saml_response(acs => $url, in_response_to => sp_id($res), %opt), @more);
}

# query_verified(url, name of the pair): does the signature of HTTP-Redirect hold (saml-bindings
# 3.4.4.1), over the bytes as they stand?
sub query_verified {
    my ($url, $pair) = @_;
    my ($query) = $url =~ /\?([^#]*)/;
    my %raw = map { split /=/, $_, 2 } split /&/, $query;
    return 0 if uri_unescape($raw{SigAlg} // '') ne $RSA_SHA256;
    my $kind  = exists $raw{SAMLRequest} ? 'SAMLRequest' : 'SAMLResponse';
    my $bytes = join '&', map {"$_=$raw{$_}"} grep { exists $raw{$_} } $kind, 'RelayState', 'SigAlg';
    my $dir   = File::Temp->newdir('sig.XXXXXX', DIR => BrazeTest::Idp::dir());
    BrazeTest::Saml::write_file("$dir/signature", decode_base64(uri_unescape($raw{Signature})));
    BrazeTest::Saml::write_file("$dir/bytes", $bytes);
    BrazeTest::Idp::run_quietly('openssl', 'x509', '-in', BrazeTest::Idp::cert_file($pair), '-pubkey',
        '-noout', '-out', "$dir/pub");
    return system("openssl dgst -sha256 -verify $dir/pub -signature $dir/signature $dir/bytes >/dev/null 2>&1") == 0;
}

# redirect_url(url, field, xml, key name or undef, options): a message by HTTP-Redirect, signed.
# relay_state, alg (text of SigAlg), digest (openssl's word); edit => sub { changes the query }.
sub redirect_url {
    my ($url, $field, $xml, $key, %opt) = @_;
    my $query = "$field=" . uri_escape(encode_base64($opt{raw} // deflate($xml), ''));
    $query .= '&RelayState=' . uri_escape($opt{relay_state}) if defined $opt{relay_state};
    if (defined $key) {
        $query .= '&SigAlg=' . uri_escape($opt{alg} // $RSA_SHA256);
        my $dir = File::Temp->newdir('sig.XXXXXX', DIR => BrazeTest::Idp::dir());
        BrazeTest::Saml::write_file("$dir/bytes", $query);
        BrazeTest::Idp::run_quietly('openssl', 'dgst', '-' . ($opt{digest} // 'sha256'), '-sign',
            BrazeTest::Idp::key_file($key), '-out', "$dir/signature", "$dir/bytes");
        $query .= '&Signature='
            . uri_escape(encode_base64(BrazeTest::Saml::read_file("$dir/signature"), ''));
    }
    $query = $opt{edit}->($query) if $opt{edit};
    return $url . ($url =~ /\?/ ? '&' : '?') . $query;
}

# logout_xml(kind ["LogoutRequest"], options): name_id, name_id_format, indexes => [...], issuer, id,
# destination, issued, until (seconds from now), in_response_to, status, more (XML behind Issuer),
# template => 1: with an empty Signature to be filled by signed_xml.
sub logout_xml {
    my ($kind, %opt) = @_;
    my ($attr, $now) = (\&BrazeTest::Saml::attr, time);
    my $at = sub { my ($seconds) = @_; return defined $seconds ? BrazeTest::Saml::instant($now + $seconds) : undef };
    my $id = $opt{id} // BrazeTest::Saml::new_id();
    my $status = $opt{status} // 'urn:oasis:names:tc:SAML:2.0:status:Success';
    my $body = $kind eq 'LogoutResponse'
        ? "<samlp:Status><samlp:StatusCode Value=\"$status\"/></samlp:Status>"
        : ($opt{body} // BrazeTest::Saml::element('saml:NameID', $attr->('Format', $opt{name_id_format}), $opt{name_id})
            . join('', map { BrazeTest::Saml::element('samlp:SessionIndex', '', $_) } @{ $opt{indexes} // [] }));
    return qq(<samlp:$kind xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion")
        . $attr->('ID', $id) . $attr->('Version', '2.0') . $attr->('IssueInstant', $at->($opt{issued} // 0))
        . $attr->('Destination', $opt{destination}) . $attr->('NotOnOrAfter', $at->($opt{until}))
        . $attr->('InResponseTo', $opt{in_response_to}) . '>'
        . BrazeTest::Saml::element('saml:Issuer', '', $opt{issuer} // BrazeTest::Idp::entity_id('idp'))
        . ($opt{template} ? BrazeTest::Saml::signature_template({ sig_alg => 'rsa-sha256', digest => 'sha256', keyinfo => 0 }, $id) : '')
        . ($opt{more} // '') . $body . "</samlp:$kind>";
}

my @IDS = map { ('--id-attr:ID', "urn:oasis:names:tc:SAML:2.0:protocol:$_") } qw(LogoutRequest LogoutResponse AuthnRequest);

# signed_xml(xml with a template, key name): by xmlsec1.
sub signed_xml {
    my ($xml, $key) = @_;
    my $dir = File::Temp->newdir('slo.XXXXXX', DIR => BrazeTest::Idp::dir());
    BrazeTest::Saml::write_file("$dir/in.xml", $xml);
    BrazeTest::Idp::run_quietly('xmlsec1', '--sign', '--privkey-pem', BrazeTest::Idp::key_file($key), @IDS,
        '--output', "$dir/out.xml", "$dir/in.xml");
    return BrazeTest::Saml::read_file("$dir/out.xml") =~ s/\A<\?xml[^>]*>\s*//r;
}

# xml_holds(xml, name of the pair): does xmlsec1 find its signature good?
sub xml_holds {
    my ($xml, $pair) = @_;
    my $dir = File::Temp->newdir('slo.XXXXXX', DIR => BrazeTest::Idp::dir());
    BrazeTest::Saml::write_file("$dir/in.xml", $xml);
    return eval { BrazeTest::Idp::run_quietly('xmlsec1', '--verify', '--pubkey-cert-pem', BrazeTest::Idp::cert_file($pair), @IDS, "$dir/in.xml"); 1 } ? 1 : 0;
}

# raw_cookies(answer): its Set-Cookie lines. cookies_set(answer): name => line.
sub raw_cookies { my ($res) = @_; return $res->headers->header('Set-Cookie') }
sub cookies_set { my ($res) = @_; return { map { /\A([^=]+)=/ ? ($1 => $_) : () } raw_cookies($res) } }

1;
