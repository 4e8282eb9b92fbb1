# SPDX-License-Identifier: Apache-2.0
# Account, link, replay record, session and audit row of a login are one transaction: whichever of them cannot be written, there is none
# of the others, the account is as it was, and the very same response is good afterwards.
use strict;
use warnings;
use Test::More;
use BrazeTest;
use BrazeTest::Jit;

my $is_pgsql = dbh()->{Driver}{Name} eq 'Pg';
my @TABLES = qw(braze_user braze_identity braze_replay braze_session braze_event);

# The engine refuses whatever is written into that table.
sub close_table {
    my ($table) = @_;
    if ($is_pgsql) {
        dbh()->do(q{CREATE OR REPLACE FUNCTION braze_test_full() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'full'; END $$ LANGUAGE plpgsql});
        dbh()->do("CREATE TRIGGER braze_test_full BEFORE INSERT ON $table FOR EACH ROW EXECUTE FUNCTION braze_test_full()");
    }
    else {
        dbh()->do("CREATE TRIGGER braze_test_full BEFORE INSERT ON $table BEGIN SELECT RAISE(ABORT, 'full'); END");
    }
    return;
}
sub open_table { my ($table) = @_; dbh()->do('DROP TRIGGER braze_test_full' . ($is_pgsql ? " ON $table" : '')); return }

sub counted { return join ' ', map { my $table = $_; row("SELECT count(*) AS n FROM $table")->{n} } @TABLES }
sub account { my ($email) = @_; my ($user) = users_of($email); return $user ? join ' ', map { $_ // '-' } @$user{qw(last_sign_in_at confirmed version)} : 'none' }

admin('--company', 'Decorumsoft', 'user', 'add', 'known.whole@decorumsoft.com');
for my $table (@TABLES) {
    for my $email ("$table.whole\@decorumsoft.com" =~ tr/_/-/r, 'known.whole@decorumsoft.com') {
        next if $table eq 'braze_user' && $email =~ /^known/; # nobody is made
        my $is_known = $email =~ /^known/;
        dbh()->do('DELETE FROM braze_identity WHERE user_id = ?', undef, user_of($email)->{id}) if $is_known; # so that one is written
        my $what = ($is_known ? 'somebody known' : 'somebody new') . ", and no $table";
        my ($before, $was) = (counted(), account($email));
        close_table($table);
        my $try = eval { login('/', email => $email) };
        my ($after, $is) = (counted(), account($email));
        open_table($table);
        ok $try && $try->{res}->code >= 500 && !cookie_of($try->{res}), "$what: a fault, and no cookie" or diag $try ? $try->{res}->as_string : $@;
        is $after, $before, "$what: nothing is written (@TABLES)";
        is $is, $was, "$what: the account is as it was";
        signed_in(login('/', email => $email, response => $try->{response}), "$what: the same response is good afterwards");
        isnt account($email), $was, '(the control: it does change something)';
    }
}
done_testing;
