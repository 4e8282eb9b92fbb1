# SPDX-License-Identifier: Apache-2.0
# docs/attacks.md: every class of attack has a case or test that makes it and one that is let in, and none of them is made up.
use strict;
use warnings;
use lib 't/lint';
use Test::More;
use Lint;

# The classes that must be there, by how their rows begin. A row may go only with a reason, and then here too.
my @CLASSES = (
    (map {"wrapping $_"} 1 .. 8), 'twins', 'two validly signed', 'an assertion inside', 'further IDs',
    'a comment in NameID', 'a processing instruction', 'a CDATA', 'a character reference',
    'a second DigestValue', 'a comment in DigestValue', 'DOCTYPE', 'namespaces', 'canonicalization', 'two SignedInfo', 'no Reference',
    'a Reference to', 'hundreds of transforms', 'XSLT',
    'a certificate that', 'HMAC', 'RetrievalMethod', 'an IdP with an empty', 'DSA',
    'unsigned', 'signature stripped', 'Status not', 'the assertion of another IdP', "another company's IdP", 'another service', 'another Recipient',
    'another Destination', 'expired', 'not yet', 'replayed here', 'replayed on another', 'replayed after', 'InResponseTo unknown',
    'InResponseTo of', 'InResponseTo used', 'InResponseTo in', 'InResponseTo taken off', 'asking, by what is refused', 'another way of authentication',
    'in ID', 'in Issuer', 'in NameID', 'in SessionIndex', 'in the e-mail', 'in names', 'into headers', 'into the log',
    'encrypted, but nobody', 'a ciphertext or key', 'signed, taken apart', 'inside, what is for another', 'CBC that', 'an oracle', 'markup, wrapping', 'encrypted within',
    'of an unknown source', 'a response of another identity', 'once more',
    'a parameter twice', 'a percent-encoded', 'a signature over', 'deflate bombs', 'a LogoutRequest once more', 'another host',
    'XML that is not base64', 'two gigabytes', 'a chunked', 'a body cut', 'a body that does not end', '5000 attributes', '100 000 nested', 'every cap',
    'time and memory',
);

my %case;
for (split /\n/, output_of('/usr/bin/python3', 't/cases/saml/make-cases', '--list')) {
    my ($name, $code, $control) = split /\t/;
    $case{$name} = { code => $code, control => $control } if defined $control;
}
cmp_ok scalar keys %case, '>', 600, 'the cases name themselves' or BAIL_OUT('no cases');

# wrong(name in the table, attack or control): what is wrong with it, or nothing.
sub wrong {
    my ($name, $is_attack) = @_;
    if ($name =~ /\A(\S+\.(?:t|c|py)): (.+)\z/) {
        my ($file, $what) = ($1, $2);
        return "$file is not there" if !-f $file;
        (my $text = text($file)) =~ s/\\'/'/g;
        return index($text, $what) >= 0 ? () : "$file has no \"$what\"";
    }
    my $pattern = join '.*', map {quotemeta} split /\*/, $name, -1;
    my @named = grep {/\A$pattern\z/} keys %case;
    my @fit = grep { ($case{$_}{code} eq 'accepted') != $is_attack } @named;
    return @fit ? () : @named ? "$name is " . ($is_attack ? 'no attack: it is accepted' : 'no control: it is refused') : "there is no case $name";
}

# rows(text): [class, attacks, controls], the latter lists of names.
sub rows {
    my ($text) = @_;
    my @rows;
    for (split /\n/, $text) {
        my @cell = /\A\|\s*(.*?)\s*\|\s*(.*?)\s*\|\s*(.*?)\s*\|\z/ or next;
        next if $cell[0] =~ /\A(?:class|---)\z/;
        push @rows, [ $cell[0], map { [ $_ =~ /`([^`]+)`/g ] } @cell[ 1, 2 ] ];
    }
    return @rows;
}

sub findings {
    my @bad;
    for (@_) {
        my ($class, $attacks, $controls) = @$_;
        push @bad, "$class: no attack" if !@$attacks;
        push @bad, "$class: no control" if !@$controls;
        push @bad, map {"$class: $_"} (map { wrong($_, 1) } @$attacks), (map { wrong($_, 0) } @$controls);
    }
    return @bad;
}

my @sample = findings(rows(join "\n", '| class | attacks | controls |', '| --- | --- | --- |', '| a | `xsw1` | |', '| b | | `declaration` |', '| c | `declaration` | `xsw1` |',
    '| d | `no-such-case` | `t/lint/attacks.t: such a text ' . 'is not here`, `t/none.t: x` |', '| e | `xsw*`, `t/lint/attacks.t: wrong` | `long-*` |'));
is_deeply [ map {/\A(\w): /} @sample ], [qw(a b c c d d d)], 'the guard finds what is missing, accepted, refused or not there' or diag join "\n", @sample;

my @rows = rows(text('docs/attacks.md'));
looked_at(scalar @rows, 'classes');
none('every class has attacks and controls that exist', findings(@rows));
none('every class has its row', grep { my $begin = $_; !grep { index($_->[0], $begin) == 0 } @rows } @CLASSES);
my ($left_out) = text('t/jit/attacks.t') =~ /\bis \$left_out, (\d+),/;
like text('docs/attacks.md'), qr/\ball but $left_out are posted/, 'and says how many are not posted to a running httpd';
none('every refused case has a control that is accepted',
    grep { my $one = $case{$_}; $one->{code} ne 'accepted' && ($case{ $one->{control} } // { code => 'none' })->{code} ne 'accepted' } sort keys %case);

done_testing;
