# SPDX-License-Identifier: Apache-2.0
# Every case of t/cases/saml through httpd: what is refused has its code on the page and in the log and signs nobody in, and the
# control that differs from it only in the attack is let in.
use strict;
use warnings;
use Test::More;
use BrazeTest;
use BrazeTest::Jit;
use BrazeTest::Node;

my $BASE = 'https://sp.example.com'; # what the cases are made for; nobody looks it up
my $out  = work_dir() . '/saml-cases';
my $made = system('/usr/bin/python3', work_dir() . '/t/cases/saml/make-cases', '--acs', "$BASE/auth/saml/callback", $out);
is $made, 0, 'the cases are made' or BAIL_OUT('no cases');

sub decoded { my ($text) = @_; $text =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ge; return $text }

# What a running server cannot be told: another time of day to the second, or a request that this browser has made; and what
# is no form of 256 kB any more when it is percent-encoded (refused before anything looks at it: t/jit/robustness.t).
sub is_for_httpd {
    my ($case) = @_;
    return !$case->{with}{exact} && !defined $case->{with}{in_response_to} && !$case->{is_big};
}

my (@cases, %by_name);
for my $line (split /\n/, BrazeTest::Saml::read_file("$out/cases.tsv")) {
    my %case;
    (@case{qw(name file status code control)}, my $with) = split /\t/, $line;
    $case{with} = { map { my ($name, $value) = split /=/, $_, 2; ($name => decoded($value)) } split /&/, $with };
    $case{response} = BrazeTest::Saml::read_file("$out/$case{file}");
    $case{is_big} = length($case{response}) + 2 * ($case{response} =~ tr{+/=\r\n}{}) + length('SAMLResponse=') > 262_144;
    push @cases, \%case;
    $by_name{ $case{name} } = \%case;
}
cmp_ok scalar @cases, '>', 400, 'as many as there are';

# --- one virtual host for each set of identity providers and settings ---
sub key_of { my ($with) = @_; return join '|', map { $with->{$_} // '' } qw(idps skew sha1 authn_contexts pairs) }

my (%host, $text);
for my $case (@cases) {
    my $with = $case->{with};
    my $key = key_of($with);
    next if !is_for_httpd($case) || $host{$key};
    $host{$key} = 'h' . keys(%host) . '.test';
    $text .= join "\n", '<VirtualHost 127.0.0.1:@Port@>', "ServerName $host{$key}", '<Location "/">', 'AuthType braze-saml', 'AuthName "Cases"',
        'Require valid-user', 'BrazeCompany "Decorumsoft"', "BrazeJitBaseUrl $BASE", (map {"BrazeJitIdpMetadata $out/$_"} split /,/, $with->{idps}),
        'BrazeJitProvisioning on', 'BrazeJitDefaultWorkspace Marketing', 'BrazeJitDefaultPermissionSet Viewer', 'BrazeJitAllowDomain decorumsoft.com',
        (defined $with->{skew} ? "BrazeJitClockSkew $with->{skew}" : ()), ($with->{sha1} ? 'BrazeJitAllowSha1 on' : ()),
        (defined $with->{authn_contexts} ? "BrazeJitAuthnContext $with->{authn_contexts}" : ()),
        (map { ("BrazeJitKey $out/$_.key", "BrazeJitCert $out/$_.crt") } split /,/, $with->{pairs} // ''), '</Location>', '</VirtualHost>', '';
}
my $node = BrazeTest::Node->start('attacks', "<VirtualHost 127.0.0.1:\@Port\@>\nServerName nobody.test\n</VirtualHost>\n$text");

# Codes of the decision: the judge has let the response pass, but it names nobody who may come in.
my %PASSED = map { $_ => 1 } qw(ERROR_CODE_SSO_SESSION_SIGN_IN_EMAIL_MISSING ERROR_CODE_SSO_INVALID_EMAIL domain_not_allowed);

sub sessions { return rows('SELECT * FROM braze_session') }

# run(case): status, code on the page ("accepted" for a login, or a decision), the line of the log, the session that came of it.
sub run {
    my ($case) = @_;
    dbh()->do('DELETE FROM braze_replay'); # the controls all have the same ID
    dbh()->do('DELETE FROM braze_session');
    dbh()->do('DELETE FROM braze_identity'); # and come from several IdPs
    my $mark = $node->log_mark;
    my $host = $host{ key_of($case->{with}) };
    my $path = ($case->{with}{acs} // "$BASE/auth/saml/callback") =~ s/\A\Q$BASE\E//r;
    $path =~ s/\Ahttps?:\/\/[^\/]*//;
    my $res = browser()->post($node->url($path), [ SAMLResponse => $case->{response} ], Host => $host);
    my $code = $res->code == 303 ? 'accepted' : page_code($res) // 'none';
    return { status => $res->code, code => $PASSED{$code} ? 'accepted' : $code, page => $code, ref => page_reference($res), log => $node->log($mark),
        cookies => [ cookie_of($res) ], sessions => [ sessions() ] };
}

sub wrong {
    my ($case, $got) = @_;
    my @bad;
    push @bad, "code $got->{page}" if $got->{code} ne $case->{code};
    if ($case->{code} ne 'accepted') {
        push @bad, "status $got->{status}" if $got->{status} != $case->{status};
        push @bad, 'a cookie' if @{ $got->{cookies} };
        push @bad, 'a session' if @{ $got->{sessions} };
        push @bad, 'no line in the log' if $got->{log} !~ /BRAZE-J01\d\d \Q$case->{code}\E: .*\Q@{[$got->{ref} \/\/ 'none']}\E/;
    }
    elsif ($got->{page} eq 'accepted') {
        my ($session, @more) = @{ $got->{sessions} };
        push @bad, 'no session' if !$session || @more;
        for my $field ($session ? qw(name_id session_index) : ()) {
            push @bad, "$field $session->{$field}" if defined $case->{with}{"is_$field"} && $session->{$field} ne Encode::decode_utf8($case->{with}{"is_$field"});
        }
        my $email = $case->{with}{is_email};
        push @bad, 'another user' if $session && $email && row('SELECT user_name_key FROM braze_user WHERE id = ?', $session->{user_id})->{user_name_key} ne lc $email;
    }
    return @bad;
}

my (%in, $left_out);
for my $case (@cases) {
    if (!is_for_httpd($case)) { $left_out++; next }
    my $got = run($case);
    my @bad = wrong($case, $got);
    $in{ $case->{name} } = !@bad if $case->{code} eq 'accepted';
    ok !@bad, "$case->{name}: $case->{code}" or diag join "\n", @bad, $got->{log};
}
is $left_out, 30, 'few are for the judge alone: as many as docs/attacks.md says';
for my $case (grep { is_for_httpd($_) && $_->{code} ne 'accepted' } @cases) {
    my $control = $by_name{ $case->{control} };
    next if $in{ $case->{control} } || !is_for_httpd($control);
    fail "$case->{name}: its control $case->{control} was not let in";
}
is row(q{SELECT count(*) AS n FROM braze_user WHERE user_name_key = 'evil@decorumsoft.com'})->{n}, 0, 'the forged identity has no account';
cmp_ok row(q{SELECT count(*) AS n FROM braze_event WHERE code = 'digest_mismatch'})->{n}, '>', 0, 'the audit trail tells of refusals';
unlike $node->log, qr/exit signal/, 'no child died';

done_testing;
