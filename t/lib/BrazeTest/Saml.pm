# SPDX-License-Identifier: Apache-2.0
# SAML responses as an identity provider would write them, signed by xmlsec1's command-line tool:
# a signer that shares no code with ours above the library that both are built on.
package BrazeTest::Saml;

use strict;
use warnings;
use Carp qw(croak);
use File::Temp ();
use MIME::Base64 qw(encode_base64);
use POSIX qw(strftime);
use XML::LibXML ();
use BrazeTest::Idp ();

my $SAMLP = 'urn:oasis:names:tc:SAML:2.0:protocol';
my $SAML  = 'urn:oasis:names:tc:SAML:2.0:assertion';
my $DSIG  = 'http://www.w3.org/2000/09/xmldsig#';

my %SIGNATURE = (
    'rsa-sha1'     => "${DSIG}rsa-sha1",
    'rsa-sha256'   => 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    'rsa-sha384'   => 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha384',
    'rsa-sha512'   => 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
    'ecdsa-sha256' => 'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256',
    'ecdsa-sha384' => 'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384',
    'hmac-sha256'  => 'http://www.w3.org/2001/04/xmldsig-more#hmac-sha256',
);
my %DIGEST = (
    sha1   => "${DSIG}sha1",
    sha256 => 'http://www.w3.org/2001/04/xmlenc#sha256',
    sha384 => 'http://www.w3.org/2001/04/xmldsig-more#sha384',
    sha512 => 'http://www.w3.org/2001/04/xmlenc#sha512',
);
my %FORMAT = (
    email      => 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
    persistent => 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
    transient  => 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient',
);
my $serial = 0;

sub new_id { return sprintf '_%08x%08x%06x%04x', time, int rand 2**32, $$, ++$serial }

sub escape {
    my ($text) = @_;
    $text =~ s/&/&amp;/g;
    $text =~ s/</&lt;/g;
    $text =~ s/>/&gt;/g;
    $text =~ s/"/&quot;/g;
    return $text;
}

sub instant { my ($epoch) = @_; return strftime('%Y-%m-%dT%H:%M:%SZ', gmtime $epoch) }

# A time option is seconds relative to now (a number) or the text itself; undef leaves it out.
sub when {
    my ($opt, $name) = @_;
    my $value = $opt->{$name};
    return if !defined $value;
    return $value =~ /\A[-+]?\d+\z/ ? instant($opt->{now} + $value) : $value;
}

sub attr { my ($name, $value) = @_; return defined $value ? qq( $name=") . escape($value) . '"' : '' }

sub element {
    my ($name, $attributes, $content) = @_;
    return defined $content ? "<$name$attributes>" . escape($content) . "</$name>" : '';
}

sub list { my ($value) = @_; return !defined $value ? () : ref $value ? @$value : ($value) }

sub signature_template {
    my ($opt, $id) = @_;
    my $signature = $SIGNATURE{ $opt->{sig_alg} } // $opt->{sig_alg};
    my $digest    = $DIGEST{ $opt->{digest} } // $opt->{digest};
    my $keyinfo   = $opt->{keyinfo} ? '<ds:KeyInfo><ds:X509Data/></ds:KeyInfo>' : '';
    return qq(<ds:Signature xmlns:ds="$DSIG"><ds:SignedInfo>)
        . '<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>'
        . qq(<ds:SignatureMethod Algorithm="$signature"/><ds:Reference URI="#$id"><ds:Transforms>)
        . qq(<ds:Transform Algorithm="${DSIG}enveloped-signature"/>)
        . '<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></ds:Transforms>'
        . qq(<ds:DigestMethod Algorithm="$digest"/><ds:DigestValue/></ds:Reference></ds:SignedInfo>)
        . "<ds:SignatureValue/>$keyinfo</ds:Signature>";
}

my %DEFAULT = (
    idp                          => 'idp',
    audience                     => 'braze_dashboard',
    sign                         => 'assertion',
    digest                       => 'sha256',
    keyinfo                      => 1,
    nameid_format                => 'email',
    status                       => 'Success',
    version                      => '2.0',
    issue_instant                => 0,
    not_before                   => -60,
    not_on_or_after              => 300,
    confirmation_not_before      => undef,
    confirmation_not_on_or_after => 300,
    authn_instant                => -5,
    session_not_on_or_after      => undef,
    confirmation_method          => 'bearer',
    authn_context                => 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport',
);

sub options {
    my %given = @_;
    my %opt   = (%DEFAULT, %given);
    croak 'acs is needed' if !defined $opt{acs};
    my $issuer = BrazeTest::Idp::entity_id($opt{idp});
    $opt{now}          //= time;
    $opt{key}          //= $opt{idp};
    $opt{sig_alg}      //= $opt{key} eq 'ec' ? 'ecdsa-sha256' : 'rsa-sha256';
    $opt{id}           //= new_id();
    $opt{assertion_id} //= new_id();
    exists $opt{issuer}           or $opt{issuer}           = $issuer;
    exists $opt{response_issuer}  or $opt{response_issuer}  = $opt{issuer};
    exists $opt{assertion_issuer} or $opt{assertion_issuer} = $opt{issuer};
    exists $opt{recipient}        or $opt{recipient}        = $opt{acs};
    exists $opt{destination}      or $opt{destination}      = $opt{acs};
    exists $opt{session_index}    or $opt{session_index}    = new_id();
    exists $opt{nameid}           or $opt{nameid}           = 'ada@decorumsoft.com';
    exists $opt{attributes}       or $opt{attributes}       = { email => $opt{nameid} };
    return \%opt;
}

sub subject {
    my ($opt) = @_;
    my $data = attr('InResponseTo', $opt->{in_response_to})
        . attr('Recipient',    $opt->{recipient})
        . attr('NotBefore',    when($opt, 'confirmation_not_before'))
        . attr('NotOnOrAfter', when($opt, 'confirmation_not_on_or_after'));
    my $format       = attr('Format', $FORMAT{ $opt->{nameid_format} // '' } // $opt->{nameid_format});
    my $confirmation = !defined $opt->{confirmation_method} ? ''
        : qq(<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:$opt->{confirmation_method}">)
        . "<saml:SubjectConfirmationData$data/></saml:SubjectConfirmation>";
    return '<saml:Subject>' . element('saml:NameID', $format, $opt->{nameid})
        . ($opt->{extra_confirmation_before} // '') . $confirmation
        . ($opt->{extra_confirmation_after} // '') . '</saml:Subject>';
}

sub conditions {
    my ($opt) = @_;
    my @audience = list($opt->{audience});
    my $restriction = !@audience ? '' : '<saml:AudienceRestriction>'
        . join('', map { element('saml:Audience', '', $_) } @audience) . '</saml:AudienceRestriction>';
    return '<saml:Conditions' . attr('NotBefore', when($opt, 'not_before'))
        . attr('NotOnOrAfter', when($opt, 'not_on_or_after')) . '>'
        . $restriction . ($opt->{extra_conditions} // '') . '</saml:Conditions>';
}

sub authn_statement {
    my ($opt) = @_;
    return '' if $opt->{no_authn_statement};
    return '<saml:AuthnStatement' . attr('AuthnInstant', when($opt, 'authn_instant'))
        . attr('SessionIndex',        $opt->{session_index})
        . attr('SessionNotOnOrAfter', when($opt, 'session_not_on_or_after'))
        . '><saml:AuthnContext>' . element('saml:AuthnContextClassRef', '', $opt->{authn_context})
        . '</saml:AuthnContext></saml:AuthnStatement>';
}

# attributes is a hash, or a list of [name, value, …] when order or repetition matters; a name may be "{uri}name".
sub attribute_statement {
    my ($opt) = @_;
    my $given = $opt->{attributes};
    my @rows  = ref $given eq 'HASH' ? map { [ $_, list($given->{$_}) ] } sort keys %$given
        : list($given);
    return '' if !@rows;
    return '<saml:AttributeStatement>' . join('', map {
        my ($name, @values) = @$_;
        my $format = $name =~ s/\A\{(\w+)\}// ? "urn:oasis:names:tc:SAML:2.0:attrname-format:$1" : undef;
        '<saml:Attribute' . attr('Name', $name) . attr('NameFormat', $format) . '>'
            . join('', map { element('saml:AttributeValue', '', $_) } @values) . '</saml:Attribute>'
    } @rows) . '</saml:AttributeStatement>';
}

sub template {
    my ($opt) = @_;
    my $of = sub { my ($what, $id) = @_;
        return $opt->{sign} eq $what || $opt->{sign} eq 'both' ? signature_template($opt, $id) : '' };
    my $status = $opt->{status} =~ /:/ ? $opt->{status}
        : "urn:oasis:names:tc:SAML:2.0:status:$opt->{status}";
    my $assertion = qq(<saml:Assertion xmlns:saml="$SAML")
        . attr('ID', $opt->{assertion_id}) . attr('Version', $opt->{version})
        . attr('IssueInstant', when($opt, 'issue_instant')) . '>'
        . element('saml:Issuer', '', $opt->{assertion_issuer})
        . $of->('assertion', $opt->{assertion_id})
        . subject($opt) . conditions($opt) . authn_statement($opt) . attribute_statement($opt)
        . '</saml:Assertion>';
    return qq(<samlp:Response xmlns:samlp="$SAMLP" xmlns:saml="$SAML")
        . attr('ID', $opt->{id}) . attr('Version', $opt->{version})
        . attr('IssueInstant', when($opt, 'issue_instant'))
        . attr('Destination',  $opt->{destination})
        . attr('InResponseTo', $opt->{in_response_to}) . '>'
        . element('saml:Issuer', '', $opt->{response_issuer})
        . $of->('response', $opt->{id})
        . "<samlp:Status><samlp:StatusCode Value=\"$status\"/></samlp:Status>"
        . ($opt->{no_assertion} ? '' : $assertion) . '</samlp:Response>';
}

# xmlsec1(input text, words…): the tool's output text.
sub xmlsec1 {
    my ($xml, @words) = @_;
    my $dir = File::Temp->newdir('saml.XXXXXX', DIR => BrazeTest::Idp::dir());
    write_file("$dir/in.xml", $xml);
    BrazeTest::Idp::run_quietly('xmlsec1', @words, '--id-attr:ID', "$SAMLP:Response",
        '--id-attr:ID', "$SAML:Assertion", '--output', "$dir/out.xml", "$dir/in.xml");
    return read_file("$dir/out.xml");
}

sub write_file {
    my ($path, $bytes) = @_;
    open my $out, '>:raw', $path or croak "$path: $!";
    print $out (utf8::is_utf8($bytes) ? do { my $b = $bytes; utf8::encode($b); $b } : $bytes);
    close $out or croak "$path: $!";
    return;
}

sub read_file {
    my ($path) = @_;
    open my $in, '<:raw', $path or croak "$path: $!";
    local $/;
    my $bytes = <$in>;
    return $bytes;
}

# sign_xml(xml, what, key name): signs the template that is the direct child of the one Response or
# the first Assertion. What is 'response' or 'assertion'. The key may be the path of an HMAC secret.
sub sign_xml {
    my ($xml, $what, $key) = @_;
    my $element = $what eq 'response' ? 'Response' : 'Assertion';
    my @key = $key =~ m{/} ? ('--hmackey', $key)
        : ('--privkey-pem', BrazeTest::Idp::key_file($key) . ',' . BrazeTest::Idp::cert_file($key));
    return xmlsec1($xml, '--sign', @key, '--node-xpath',
        "(//*[local-name()='$element']/*[local-name()='Signature'])[1]");
}

# edit_xml(xml, code): code gets the XML::LibXML document and an XPath context that knows the
# prefixes samlp, saml and ds; what it leaves is returned as bytes.
sub edit_xml {
    my ($xml, $code) = @_;
    my $doc = XML::LibXML->load_xml(string => $xml, no_network => 1);
    my $xpc = XML::LibXML::XPathContext->new($doc);
    $xpc->registerNs(samlp => $SAMLP);
    $xpc->registerNs(saml  => $SAML);
    $xpc->registerNs(ds    => $DSIG);
    $code->($doc, $xpc);
    return $doc->documentElement->toString(0);
}

my %KEY_TRANSPORT = (
    'rsa-oaep' => 'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p',
    'rsa-1_5'  => 'http://www.w3.org/2001/04/xmlenc#rsa-1_5',
);

# encrypt_assertion(xml, certificate name, cipher => 'aes128-gcm', transport => 'rsa-oaep')
sub encrypt_assertion { my ($xml, @more) = @_; return encrypt_element($xml, 'Assertion', 'EncryptedAssertion', @more) }

# encrypt_element(xml, name of the element, of what it becomes, and as before)
sub encrypt_element {
    my ($xml, $what, $becomes, $cert, %opt) = @_;
    my $cipher = $opt{cipher} // 'aes128-gcm';
    my ($bits) = $cipher =~ /(\d+)/;
    my $base = $cipher =~ /gcm/ ? 'http://www.w3.org/2009/xmlenc11#' : 'http://www.w3.org/2001/04/xmlenc#';
    my $way  = $KEY_TRANSPORT{ $opt{transport} // 'rsa-oaep' };
    my $dir  = File::Temp->newdir('enc.XXXXXX', DIR => BrazeTest::Idp::dir());
    write_file("$dir/template.xml",
        '<xenc:EncryptedData xmlns:xenc="http://www.w3.org/2001/04/xmlenc#"'
        . ' Type="http://www.w3.org/2001/04/xmlenc#Element">'
        . qq(<xenc:EncryptionMethod Algorithm="$base$cipher"/><ds:KeyInfo xmlns:ds="$DSIG">)
        . qq(<xenc:EncryptedKey><xenc:EncryptionMethod Algorithm="$way"/>)
        . '<xenc:CipherData><xenc:CipherValue/></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo>'
        . '<xenc:CipherData><xenc:CipherValue/></xenc:CipherData></xenc:EncryptedData>');
    write_file("$dir/in.xml", $xml);
    BrazeTest::Idp::run_quietly('xmlsec1', '--encrypt', '--pubkey-cert-pem',
        BrazeTest::Idp::cert_file($cert), '--session-key', "aes-$bits", '--xml-data', "$dir/in.xml",
        '--node-xpath', "(//*[local-name()='$what'])[1]", '--output', "$dir/out.xml",
        "$dir/template.xml");
    return edit_xml(read_file("$dir/out.xml"), sub {
        my ($doc, $xpc) = @_;
        my ($data) = $doc->findnodes("//*[local-name()='EncryptedData']");
        my $wrap = $doc->createElementNS($SAML, "saml:$becomes");
        $data->replaceNode($wrap);
        $wrap->appendChild($data);
    });
}

# The whole: see t/README.md for the options. Returns XML bytes.
sub response_xml {
    my $opt = options(@_);
    my $xml = template($opt);
    $xml = $opt->{before_sign}->($xml) if $opt->{before_sign};
    for my $what ('assertion', 'response') {
        if ($what eq 'response' && defined $opt->{encrypt}) {
            $xml = encrypt_assertion($xml, $opt->{encrypt}, cipher => $opt->{cipher},
                transport => $opt->{transport});
        }
        next if $opt->{sign} ne $what && $opt->{sign} ne 'both';
        $xml = sign_xml($xml, $what, $opt->{key});
    }
    $xml = $opt->{after_sign}->($xml) if $opt->{after_sign};
    return $xml;
}

sub encode { my ($xml) = @_; utf8::encode($xml) if utf8::is_utf8($xml); return encode_base64($xml, '') }

1;
